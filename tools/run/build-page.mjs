import { ensureInstalled, ensurePageBuilt } from './workspace.mjs';

ensureInstalled();
ensurePageBuilt();
