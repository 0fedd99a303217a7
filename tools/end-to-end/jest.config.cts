const { projectConfig } = require('../../jest.base.cjs');

module.exports = projectConfig('end-to-end');
