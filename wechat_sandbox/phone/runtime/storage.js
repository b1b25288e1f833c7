// wx storage on localStorage, one name space per user.
import { api } from './callbacks.js'
import { config } from './config.js'

const PREFIX = config.storagePrefix
const LIMIT_KB = 10240

// `undefined` cannot stand in JSON, but WeChat gives it back
const toText = (value) => JSON.stringify(value === undefined ? { t: 'u' } : { v: value })

function fromText(text) {
  if (text == null) return ''
  const stored = JSON.parse(text)
  return stored.t === 'u' ? undefined : stored.v
}

const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))

const sync = {
  setStorageSync(key, value) {
    if (typeof key !== 'string') throw new Error('setStorage:fail parameter error: key should be String')
    localStorage.setItem(PREFIX + key, toText(value))
  },
  getStorageSync: (key) => fromText(localStorage.getItem(PREFIX + key)),
  removeStorageSync: (key) => localStorage.removeItem(PREFIX + key),
  clearStorageSync: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  getStorageInfoSync: () => ({
    keys: ownKeys().map((key) => key.slice(PREFIX.length)),
    currentSize: Math.ceil(ownKeys().reduce((sum, key) => sum + localStorage[key].length, 0) / 1024),
    limitSize: LIMIT_KB,
  }),
}

export const storageApi = {
  ...sync,
  setStorage: api('setStorage', (options) => sync.setStorageSync(options.key, options.data)),
  getStorage: api('getStorage', (options) => {
    if (localStorage.getItem(PREFIX + options.key) == null) throw { errMsg: 'data not found' }
    return { data: sync.getStorageSync(options.key) }
  }),
  removeStorage: api('removeStorage', (options) => sync.removeStorageSync(options.key)),
  clearStorage: api('clearStorage', () => sync.clearStorageSync()),
  getStorageInfo: api('getStorageInfo', () => sync.getStorageInfoSync()),
}
