/**
 * Edits of files that people keep by hand. Each throws where the file no longer looks as expected, rather than
 * leave it half done.
 */

/** The import, and the line before the simulated meter, which stays last. */
exports.addToCatalogue = (text, { packageName, definitionName }) => {
  const lastImport = "import { MeterDefinition } from '@smart-meter/meter-adapter';\n";
  const withImport = replaceOnce(
    text,
    lastImport,
    `import { ${definitionName} } from '${packageName}';\n${lastImport}`,
  );
  return replaceOnce(withImport, '  simulatedMeter,\n', `  ${definitionName},\n  simulatedMeter,\n`);
};

/** A block of settings before that of the simulated household, which stays last. */
exports.addToEnvExample = (text, { meterType, variablePrefix, title }) => {
  const block = [
    `# --- METER_TYPE=${meterType} `.padEnd(116, '-'),
    '',
    `# The address of the ${title}.`,
    `#${variablePrefix}_HOST=192.0.2.40`,
    '# Its password, where there is one.',
    `#${variablePrefix}_PASSWORD=`,
    '',
    '',
  ].join('\n');
  const simulated = '# --- METER_TYPE=generic ';
  return replaceOnce(text, simulated, block + simulated);
};

/** Another project, in a tsconfig whose text and order stay as they are. */
exports.addReference = (text, path) =>
  replaceOnce(text, '"references": [\n', `"references": [\n    {\n      "path": "${path}"\n    },\n`);

function replaceOnce(text, searched, replacement) {
  if (text.split(searched).length !== 2) throw new Error(`expected exactly one ${JSON.stringify(searched)}`);
  return text.replace(searched, () => replacement);
}
