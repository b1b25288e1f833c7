const { get, post } = require('../../utils/api')
const { today } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @type {Record<string, string>} what is asked with a group; with any other the diagnosis */
const ASKS = { MATERNAL: 'due_on', FLOATING: 'since_on', DISABLED: 'certificate' }

/** @type {Record<string, (id: string) => Promise<any>>} */
const answers = {
  certify: (id) => post(`/api/doctor/groups/${id}/certify`),
  decline: (id) => post(`/api/doctor/groups/${id}/decline`),
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '',
    who: '', rows: [], choices: [], adding: null, asks: '', on: '', text: '', birth: '', bornOn: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const found = await get(`/api/doctor/residents/${this.data.id}/groups`)
      return { who: found.resident.name_masked, rows: found.items, choices: found.addable }
    })
  },

  /** @param {any} e */
  startAdding(e) {
    const adding = this.data.choices.find((/** @type {any} */ item) => item.code === e.currentTarget.dataset.code)
    const asks = ASKS[adding.code] || 'diagnosed_on'
    const isDiagnosis = asks === 'diagnosed_on'
    this.setData({ adding, asks, on: isDiagnosis ? today() : '', text: isDiagnosis ? '本中心' : '' })
  },

  stopAdding() {
    if (!this.data.busy) this.setData({ adding: null, birth: '' })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  onDay(e) {
    this.setData({ on: e.detail.value })
  },

  /** @param {any} e */
  onText(e) {
    this.setData({ text: e.detail.value })
  },

  add() {
    const { adding, asks, on, id } = this.data
    const text = this.data.text.trim()
    /** @type {Record<string, string>} */
    const told = asks === 'certificate' ? { certificate: text } : { [asks]: on }
    if (asks === 'diagnosed_on') told.institution = text
    if (Object.values(told).some((value) => !value)) return say('请填写完整')
    return once(this, async () => {
      await post(`/api/doctor/residents/${id}/groups`, { group: adding.code, ...told })
      this.setData({ adding: null })
      say('已认定')
      await this.reload()
    })
  },

  /** @param {any} e */
  decide(e) {
    const { id, step, done } = e.currentTarget.dataset
    return once(this, async () => {
      await answers[step](id)
      say(done)
      await this.reload()
    })
  },

  /** @param {any} e */
  async end(e) {
    const row = this.data.rows.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    const isWrong = e.currentTarget.dataset.wrong === 'yes'
    const question = `${this.data.who} ${row.label}\n相关的随访项目会一并结束。`
    const sure = await confirm(isWrong ? '登记有误' : '结束身份', question, isWrong ? '作废' : '结束')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/doctor/groups/${row.id}/end`, { is_wrong: isWrong })
      await this.reload()
    })
  },

  /** @param {any} e */
  startBirth(e) {
    this.setData({ birth: e.currentTarget.dataset.id, bornOn: today() })
  },

  /** @param {any} e */
  onBorn(e) {
    this.setData({ bornOn: e.detail.value })
  },

  deliver() {
    return once(this, async () => {
      await post(`/api/doctor/groups/${this.data.birth}/delivery`, { on: this.data.bornOn })
      this.setData({ birth: '' })
      say('已登记分娩，产后 42 天结束')
      await this.reload()
    })
  },
})
