const { post } = require('../../utils/api')
const { confirm, once } = require('../../utils/feedback')
const { MOMENTS, UNITS, asBody, asRow, missing } = require('../../utils/measure')
const { call, clientId, dress, shared } = require('../../utils/page')

Page({
  ...shared,
  data: {
    big: false, notice: '', busy: false, moments: MOMENTS, units: UNITS, kind: 'blood_pressure', who: '', tone: '',
    systolic: '', diastolic: '', glucose: '', unit: 'mmol/L', moment: 'fasting', wrong: '', result: null, tapId: '',
  },

  /** @param {any} options */
  onLoad(options) {
    this.setData({ kind: options.kind || 'blood_pressure', who: options.for || '', tapId: clientId() })
  },

  onShow() {
    dress(this)
  },

  /** @param {any} event */
  onField(event) {
    // other numbers are another measurement
    this.setData({ [event.currentTarget.dataset.field]: event.detail.value.trim(), wrong: '', tapId: clientId() })
  },

  /** @param {any} event */
  pick(event) {
    const { field, value } = event.currentTarget.dataset
    this.setData({ [field]: value, tapId: clientId() })
  },

  save() {
    const wrong = missing(this.data)
    this.setData({ wrong })
    if (wrong) return undefined
    return once(this, () => this.send(false))
  },

  /** @param {boolean} confirmed the rare value was shown again @returns {Promise<any>} */
  async send(confirmed) {
    try {
      const result = await post('/api/measurements', { ...asBody(this.data), client_id: this.data.tapId, confirmed })
      this.setData({ result, tone: asRow(result.measurement).tone })
    } catch (/** @type {any} */ problem) {
      if (problem.code === 'measurement_impossible') return this.setData({ wrong: problem.title })
      if (problem.code !== 'measurement_unusual' || confirmed) throw problem
      if (await confirm('请核对', problem.title, '没有输错')) return this.send(true)
    }
    return undefined
  },

  callTeam() {
    call(this.data.result.team_phone)
  },

  back() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/measure/list' }) })
  },
})
