export * from './home-assistant';
export * from './shared';
export * from './sense';
export * from './emporia';
