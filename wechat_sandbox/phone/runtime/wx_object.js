// The object mini-program code knows as `wx`. Its parts are added by main.js; an unknown part is reported once.

export const parts = {}

/** Names that were asked for and do not exist here; tests read them as `__MPWEB__.missing`. */
export const missing = new Set()

export const wx = new Proxy(parts, {
  get(target, name) {
    if (name in target || typeof name === 'symbol') return target[name]
    if (!missing.has(name)) {
      missing.add(name)
      console.warn(`[mpweb] wx.${name} is not implemented in the web host`)
    }
    return undefined
  },
})
