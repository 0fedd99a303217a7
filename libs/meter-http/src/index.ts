export { checkedHost } from './host';
export * from './http-client';
export { describeNetworkFault } from './network-fault';
