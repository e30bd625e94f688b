import { readdirSync } from 'node:fs'
import js from '@eslint/js'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/** From the top down: each layer may import the ones after it, never those before. */
const LAYERS = ['routes', 'features', 'components', 'lib']

/** Across folders only `@/` is allowed, so that the layers can be seen in the import itself. */
const UPWARDS = { group: ['../*'], message: 'Import from another folder by its @/ path.' }

function importRule(forbidden) {
  return { 'no-restricted-imports': ['error', { patterns: [UPWARDS, ...forbidden] }] }
}

function above(layer) {
  const names = LAYERS.slice(0, LAYERS.indexOf(layer))
  return names.map((name) => ({
    group: [`@/${name}/*`],
    message: `Imports point down only: ${LAYERS.join(' -> ')}.`,
  }))
}

const features = readdirSync('src/features')
const layerRules = [
  ...LAYERS.map((layer) => ({ files: [`src/${layer}/**`], rules: importRule(above(layer)) })),
  ...features.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: importRule([
      ...above('features'),
      {
        regex: `^@/features/(?!${feature}/)`,
        message: 'Features do not know each other: a route puts them together.',
      },
    ]),
  })),
]

export default tseslint.config(
  { ignores: ['node_modules', 'public', 'src/lib/api/schema.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  reactHooks.configs.flat.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      // Log text is hostile: nothing is ever rendered as markup.
      'no-restricted-syntax': [
        'error',
        { selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]', message: 'Text stays text.' },
        { selector: 'MemberExpression[property.name=/^(inner|outer)HTML$/]', message: 'Text stays text.' },
      ],
    },
  },
  ...layerRules,
)
