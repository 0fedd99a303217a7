const fs = require('node:fs');
const path = require('node:path');

/** Leaves the counts of one project's run in test-results/, where the whole run adds them up. */
module.exports = class ResultsReporter {
  constructor(_globalConfig, options) {
    this.file = path.join(__dirname, 'test-results', `${options.project}.json`);
  }

  onRunComplete(_contexts, results) {
    const failedSuites = results.numRuntimeErrorTestSuites;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(
      this.file,
      JSON.stringify({
        passed: results.numPassedTests,
        failed: results.numFailedTests + failedSuites,
        skipped: results.numPendingTests + results.numTodoTests,
      }),
    );
  }
};
