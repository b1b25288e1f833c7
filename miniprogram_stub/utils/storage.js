// The few things this phone remembers. No health data, no names: only the session and the comfort setting.
const TOKEN = 'session-token'
const BIG_LETTERS = 'big-letters'

/** @returns {string} the session token, '' when there is none */
function token() {
  return wx.getStorageSync(TOKEN) || ''
}

/** @param {string} value */
function setToken(value) {
  if (value) wx.setStorageSync(TOKEN, value)
  else wx.removeStorageSync(TOKEN)
}

/** @returns {boolean} */
function bigLetters() {
  return wx.getStorageSync(BIG_LETTERS) === true
}

/** @param {boolean} on */
function setBigLetters(on) {
  wx.setStorageSync(BIG_LETTERS, on)
}

module.exports = { token, setToken, bigLetters, setBigLetters }
