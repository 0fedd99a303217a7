export { benchSenseUpdate } from './update-bench';
