// Who is using this phone: silent login by wx.login, and the Me of the server.
const { exchange } = require('./transport')
const storage = require('./storage')

/** @type {Promise<string>|null} one login at a time, however many pages ask */
let running = null

/** @returns {Promise<string>} a wx.login code */
function loginCode() {
  return new Promise((resolve, reject) => {
    wx.login({
      success: (result) => resolve(result.code),
      fail: () => reject({ title: '微信登录没有成功，请重试', code: 'wx_login_failed', status: 0 }),
    })
  })
}

/** Keep the newest Me where every page finds it. @param {any} me */
function remember(me) {
  getApp().globalData.me = me
  return me
}

/** @returns {any} the last known Me, or null */
function currentMe() {
  return getApp().globalData.me
}

/** @returns {Promise<any>} a session for a fresh code */
function attempt() {
  return loginCode().then((code) => exchange('/api/login', { method: 'POST', data: { code } }))
}

/** Log in without asking anything. @returns {Promise<string>} a fresh session token */
function login() {
  if (running) return running
  running = attempt()
    // a code lives five minutes: one that was too old when it arrived is worth one more try
    .catch((problem) => (problem && problem.code === 'login_code_invalid' ? attempt() : Promise.reject(problem)))
    .then((session) => {
      storage.setToken(session.token)
      remember(session.me)
      return session.token
    })
  const free = () => {
    running = null
  }
  running.then(free, free)
  return running
}

/** @returns {Promise<string>} a session token, logging in when there is none */
function ready() {
  const token = storage.token()
  return token ? Promise.resolve(token) : login()
}

function forget() {
  storage.setToken('')
  remember(null)
}

module.exports = { ready, login, remember, currentMe, forget }
