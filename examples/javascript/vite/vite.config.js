export default {
  // Any folder below a site's root.
  base: './',
  // A worker that is a module, as the package's is.
  worker: { format: 'es' },
  // The development server would bundle the package in advance, and lose its worker.
  optimizeDeps: { exclude: ['twinlens'] },
};
