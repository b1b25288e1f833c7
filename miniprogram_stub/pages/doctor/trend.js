const { get, post } = require('../../utils/api')
const chart = require('../../utils/chart')
const { callResident } = require('../../utils/dialling')
const { load, once, say } = require('../../utils/feedback')
const { KINDS, SPANS, asRow } = require('../../utils/measure')
const { dress, shared } = require('../../utils/page')

const OUTCOMES = [
  { code: 'contacted', name: '已联系本人' },
  { code: 'visit', name: '已安排随访或上门' },
  { code: 'referred', name: '已建议就诊或转诊' },
  { code: 'no_action', name: '已看，无需处理' },
]

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', kinds: KINDS, spans: SPANS,
    outcomes: OUTCOMES, kind: '', days: '30', resident: null, review: null, trend: null, rows: [], outcome: 'contacted', note: '',
  },

  /** @param {any} options */
  onLoad(options) {
    this.setData({ id: options.id })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  async reload() {
    await load(this, async () => {
      const kind = this.data.kind || 'blood_pressure'
      let found = await this.fetch(kind)
      // opened from an alarm: what it is about, first
      if (!this.data.kind && found.review && found.review.measurement.kind !== kind) found = await this.fetch(found.review.measurement.kind)
      return { ...found, kind: found.trend.kind, rows: found.trend.items.map(asRow).reverse().slice(0, 20) }
    })
    if (this.data.rows.length) chart.show(this, '#chart', this.data.trend)
  },

  /** @param {string} kind */
  fetch(kind) {
    return get(`/api/doctor/residents/${this.data.id}/measurements?kind=${kind}&days=${this.data.days}`)
  },

  /** @param {any} event */
  pick(event) {
    const { what, value } = event.currentTarget.dataset
    this.setData({ [what]: value })
    return this.reload()
  },

  /** @param {any} event */
  choose(event) {
    this.setData({ outcome: event.currentTarget.dataset.value })
  },

  /** @param {any} event */
  onNote(event) {
    this.setData({ note: event.detail.value })
  },

  finish() {
    return once(this, async () => {
      const { review, outcome, note } = this.data
      await post(`/api/doctor/measurements/${review.id}/done`, { outcome, note })
      this.setData({ review: null, note: '' })
      say('已记下')
    })
  },

  /** @param {any} event */
  callResident(event) {
    return callResident(this, event.currentTarget.dataset.resident)
  },
})
