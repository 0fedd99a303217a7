export { benchEmporiaCycle } from './cycle-bench';
export type { EmporiaBenchRow } from './cycle-bench';
