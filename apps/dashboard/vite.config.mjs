import { defineConfig } from 'vite';

// Relative addresses, so that the page works under whatever path a proxy puts it.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    // The policy of the page allows no inline scripts, and `data:` for images alone.
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
  },
});
