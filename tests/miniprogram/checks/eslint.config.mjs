// The mini-program runs in WeChat's own JavaScript host: no window, no document, no fetch.
const names = `wx App Page Component Behavior getApp getCurrentPages require module exports
  console setTimeout clearTimeout setInterval clearInterval`.split(/\s+/)
const globals = Object.fromEntries(names.map((name) => [name, 'readonly']))

export default [
  {
    files: ['miniprogram_stub/**/*.js'],
    languageOptions: { ecmaVersion: 2022, sourceType: 'commonjs', globals },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-undef': 'error',
      'no-unused-vars': 'error',
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      eqeqeq: 'error',
      complexity: ['error', 10],
      'max-lines': ['error', 200],
      'no-restricted-globals': [
        'error', 'window', 'document', 'localStorage', 'XMLHttpRequest', 'fetch', 'location', 'navigator', 'alert',
      ],
    },
  },
]
