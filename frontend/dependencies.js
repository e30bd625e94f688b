/** Fails if package.json names a package that nothing uses, or if the sources import one that it does not name. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const FRONTEND = dirname(fileURLToPath(import.meta.url))
/** A bare name: neither a path nor one of the interface's own (`@/...`). */
const IMPORT = /(?:\bfrom|\bimport\(?)\s*'((?:@[\w-]+\/)?\w[\w./-]*)'/g

/** Return the name of the package that an import names. */
function packageOf(imported) {
  return imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/')
}

function texts(folder, ending) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && ending.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}

const named = JSON.parse(readFileSync(join(FRONTEND, 'package.json'), 'utf8'))
const own = texts(join(FRONTEND, 'src'), /\.tsx?$/)
const configs = ['vite.config.ts', 'eslint.config.js', 'dependencies.js'].map((name) =>
  readFileSync(join(FRONTEND, name), 'utf8'),
)
const imported = new Set(
  [...own, ...configs].flatMap((text) => [...text.matchAll(IMPORT)].map(([, name]) => name)).map(packageOf),
)
// The Python tests take a few files and servers out of node_modules.
const tests = texts(join(FRONTEND, '..', 'tests'), /\.(py|mjs|js)$/).join('\n')
const commands = Object.values(named.scripts).join(' ')

function isUsed(name) {
  if (imported.has(name)) return true
  if (name.startsWith('@types/')) return name === '@types/node' || imported.has(name.slice('@types/'.length))
  // The compiler's command has another name than its package.
  const command = name === 'typescript' ? 'tsc' : name
  const setting = configs.some((text) => text.includes(`environment: '${name}'`))
  return commands.split(/\s+/).includes(command) || setting || tests.includes(name)
}

const unused = Object.keys(named.devDependencies).filter((name) => !isUsed(name))
// What is shipped is imported by a page: a command or a test is no use of it.
unused.push(...Object.keys(named.dependencies).filter((name) => !imported.has(name)))
const unnamed = [...imported].filter((name) => !(name in named.dependencies || name in named.devDependencies))
const complaints = [
  ...unused.map((name) => `package.json names ${name}, which nothing uses: remove it.`),
  ...unnamed.map((name) => `The sources import ${name}, which package.json does not name: add it.`),
]
process.stderr.write(complaints.map((text) => `${text}\n`).join(''))
process.exitCode = complaints.length > 0 ? 1 : 0
