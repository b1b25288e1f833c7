// ESLint for the phone and the page: what catches mistakes, not a matter of taste.
const names = (text) => Object.fromEntries(text.trim().split(/\s+/).map((name) => [name, 'readonly']))

const browser = names(`
window parent Audio document location history navigator localStorage sessionStorage fetch performance console CSS Event Node Image
Blob FormData TextDecoder URL URLSearchParams AbortController MutationObserver Intl
addEventListener removeEventListener dispatchEvent requestAnimationFrame cancelAnimationFrame
setTimeout clearTimeout setInterval clearInterval getComputedStyle devicePixelRatio innerWidth innerHeight atob btoa`)
const node = names('process console performance URL setTimeout')
const miniprogram = names('App Page Component Behavior getApp getCurrentPages wx require module exports console')

const rules = {
  'no-undef': 'error',
  'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
  'no-var': 'error',
  'prefer-const': 'error',
  'eqeqeq': ['error', 'always', { null: 'ignore' }],
  'no-shadow': 'error',
  'no-console': 'off',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-unreachable': 'error',
  'no-dupe-keys': 'error',
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
  'max-lines': ['error', 260],
  'complexity': ['error', 16],
}
const language = (globals) => ({ ecmaVersion: 2024, sourceType: 'module', globals })

export default [
  { ignores: ['**/fixtures/**', '**/node_modules/**'] },
  { files: ['wechat_sandbox/console/**/*.js', 'wechat_sandbox/phone/runtime/**/*.js'], languageOptions: language(browser), rules },
  { files: ['wechat_sandbox/phone/**/*.mjs'], languageOptions: language(node), rules },
  { files: ['tests/phone/*.mjs'], languageOptions: language({ ...node, ...browser, ...miniprogram }), rules },
]
