// What every page shares: larger letters, and the phone.
const storage = require('./storage')

/**
 * Called from onShow: apply the letter size, and try again a page that had to wait for the login page.
 * @param {any} page
 */
function dress(page) {
  const big = storage.bigLetters()
  if (page.data.big !== big) page.setData({ big })
  if (page.data.needsLogin) page.reload()
}

/** @param {string} phoneNumber */
function call(phoneNumber) {
  // Cancelling the dialog also ends in fail: nothing to say about it.
  wx.makePhoneCall({ phoneNumber, fail: () => {} })
}

/** @param {string} url opens a page; WeChat keeps at most ten, so the oldest way back is given up */
function open(url) {
  wx.navigateTo({ url, fail: () => wx.redirectTo({ url }) })
}

/** A fresh id for something that must not happen twice. @returns {string} */
function clientId() {
  const random = () => Math.random().toString(36).slice(2, 10)
  return Date.now().toString(36) + '-' + random() + random()
}

/** Handlers that the shared templates bind; every page takes them over. */
const shared = {
  goLogin() {
    open('/pages/login/login')
  },
  call120() {
    call('120')
  },
}

module.exports = { dress, call, open, clientId, shared }
