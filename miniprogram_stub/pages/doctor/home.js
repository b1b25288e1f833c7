const { get } = require('../../utils/api')
const { isQuiet, tilesOf } = require('../../utils/desk')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, home: null, tiles: [], quiet: false },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      const home = await get('/api/doctor/home')
      const tiles = tilesOf(home)
      return { home, tiles, quiet: isQuiet(tiles) }
    })
  },

  /** @param {any} e */
  go(e) {
    open(e.currentTarget.dataset.url)
  },

  toResident() {
    wx.switchTab({ url: '/pages/me/me' })
  },
})
