const { get } = require('../../utils/api')
const { tilesOf } = require('../../utils/desk')
const { callResident } = require('../../utils/dialling')
const { load, once } = require('../../utils/feedback')
const { asHome } = require('../../utils/my_day')
const { dress, open, shared } = require('../../utils/page')

const LIST = '/api/doctor/day'

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    name: '', total: 0, isCut: false, tiles: [], homes: [], next: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      const [home, day] = await Promise.all([get('/api/doctor/home'), get(LIST)])
      return {
        name: home.name, tiles: tilesOf(home), total: day.total, isCut: day.is_cut,
        homes: day.items.map(asHome), next: day.next || '',
      }
    })
  },

  more() {
    return once(this, async () => {
      const day = await get(`${LIST}?cursor=${encodeURIComponent(this.data.next)}`)
      this.setData({ homes: this.data.homes.concat(day.items.map(asHome)), next: day.next || '' })
    })
  },

  /** @param {any} e */
  go(e) {
    open(e.currentTarget.dataset.url)
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },
})
