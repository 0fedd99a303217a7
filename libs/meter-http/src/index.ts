export * from './http-client';
export { describeNetworkFault } from './network-fault';
