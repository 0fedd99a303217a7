// Decorator metadata for the Nest projects; a no-op elsewhere.
try {
  require('reflect-metadata');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
}
