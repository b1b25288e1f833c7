const { get, listAll } = require('../../utils/api')
const chart = require('../../utils/chart')
const { load } = require('../../utils/feedback')
const { KINDS, SPANS, asRow } = require('../../utils/measure')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false,
    kinds: KINDS, spans: SPANS, kind: 'blood_pressure', days: '30', who: '', people: [], rows: [], trend: null, chartWords: '',
  },

  /** @param {any} options */
  onLoad(options) {
    if (options.kind) this.setData({ kind: options.kind })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  async reload() {
    await load(this, async () => {
      const { kind, days } = this.data
      const people = this.data.people.length ? this.data.people : (await get('/api/measurements/people')).items
      const who = this.data.who || people[0].id
      const asked = `for_id=${who}&kind=${kind}`
      const [trend, rows] = await Promise.all([
        get(`/api/measurements/trend?${asked}&days=${days}`),
        listAll(`/api/measurements?${asked}`, 2),
      ])
      const chartWords = `${trend.items.length} 次测量的变化图`
      return { people, who, trend, rows: rows.map(asRow), chartWords }
    })
    if (this.data.rows.length) chart.show(this, '#chart', this.data.trend)
  },

  /** @param {any} event */
  forWhom(event) {
    this.setData({ who: event.currentTarget.dataset.id })
    return this.reload()
  },

  /** @param {any} event */
  pickKind(event) {
    this.setData({ kind: event.currentTarget.dataset.code })
    return this.reload()
  },

  /** @param {any} event */
  pickSpan(event) {
    this.setData({ days: event.currentTarget.dataset.days })
    return this.reload()
  },

  enter() {
    open(`/pages/measure/enter?kind=${this.data.kind}&for=${this.data.who}`)
  },
})
