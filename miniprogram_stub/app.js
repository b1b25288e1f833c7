const { baseUrl } = require('./config')
const session = require('./utils/session')

App({
  globalData: { baseUrl, me: null },

  onLaunch() {
    // Pages wait for the session themselves; starting here only saves them time.
    session.ready().catch(() => {})
  },
})
