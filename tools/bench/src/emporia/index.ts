export { benchEmporiaCycle } from './cycle-bench';
