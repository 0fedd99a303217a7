const path = require('node:path');
const { formatFiles, generateFiles, readJson, writeJson } = require('@nx/devkit');
const { addToCatalogue, addToEnvExample, addReference } = require('./edits.cjs');

const APP = 'apps/smart-meter';

/**
 * Makes libs/adapters/NAME and names it where the service learns of it. What is left to do is to make its
 * conformance suite pass.
 */
module.exports = async function adapterGenerator(tree, { name, title = titleOf(name) }) {
  const root = `libs/adapters/${name}`;
  if (tree.exists(root)) throw new Error(`${root} is there already`);
  const names = namesOf(name, title);
  const { version, license } = readJson(tree, 'package.json');

  generateFiles(tree, path.join(__dirname, 'files'), root, { ...names, version, license });
  tree.write(`${root}/LICENSE`, tree.read('LICENSE'));

  const app = readJson(tree, `${APP}/package.json`);
  app.dependencies = sorted({ ...app.dependencies, [names.packageName]: '*' });
  writeJson(tree, `${APP}/package.json`, app);
  edit(tree, `${APP}/tsconfig.app.json`, (text) => addReference(text, `../../${root}/tsconfig.lib.json`));
  edit(tree, 'tsconfig.json', (text) => addReference(text, `./${root}`));
  edit(tree, `${APP}/src/meters/catalogue.ts`, (text) => addToCatalogue(text, names));
  edit(tree, '.env.example', (text) => addToEnvExample(text, names));
  await formatFiles(tree);

  return () => {
    console.log(`\nNext: npm install, then make this pass: npx nx test adapter-${name}`);
    console.log('What to do and in which order: docs/adding-an-adapter.md');
  };
};

/** `acme-meter` in each spelling that the files use. */
function namesOf(name, title) {
  const words = name.split('-');
  const className = words.map(capitalised).join('');
  return {
    name,
    title,
    className,
    packageName: `@smart-meter/adapter-${name}`,
    definitionName: `${className[0].toLowerCase()}${className.slice(1)}Meter`,
    meterType: words.join('_'),
    variablePrefix: words.join('_').toUpperCase(),
  };
}

function titleOf(name) {
  return name.split('-').map(capitalised).join(' ');
}

function capitalised(word) {
  return word[0].toUpperCase() + word.slice(1);
}

function sorted(dependencies) {
  return Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function edit(tree, file, change) {
  tree.write(file, change(tree.read(file, 'utf8')));
}
