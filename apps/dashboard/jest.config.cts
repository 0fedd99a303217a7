const { projectConfig } = require('../../jest.base.cjs');

module.exports = projectConfig('dashboard');
