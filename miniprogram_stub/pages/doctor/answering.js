const { get, post } = require('../../utils/api')
const { today } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @param {string} day @param {string} time @returns {string} an instant, Shanghai time */
const instant = (day, time) => `${day}T${time}:00+08:00`

/** @param {any} variables code → what it is called */
const asVariables = (variables) => Object.keys(variables).map((code) => ({ code: `{${code}}`, name: variables[code] }))

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    figures: null, replies: [], variables: [], leads: false, absences: [], colleagues: [],
    sheet: '', title: '', text: '', forTeam: false, standInId: '', day: '', time: '', dayEnd: '', timeEnd: '',
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
      const [figures, canned, away] = await Promise.all([
        get('/api/doctor/answering'), get('/api/doctor/canned'), get('/api/doctor/absences'),
      ])
      return { figures, replies: canned.items, variables: asVariables(canned.variables), leads: canned.leads, absences: away.items }
    })
  },

  closeSheet() {
    if (!this.data.busy) this.setData({ sheet: '' })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  onField(e) {
    this.setData({ [e.currentTarget.dataset.field]: e.detail.value })
  },

  startReply() {
    this.setData({ sheet: 'reply', title: '', text: '', forTeam: false })
  },

  /** @param {any} e */
  addVariable(e) {
    this.setData({ text: this.data.text + e.currentTarget.dataset.code })
  },

  toggleTeam() {
    this.setData({ forTeam: !this.data.forTeam })
  },

  saveReply() {
    const { title, text, forTeam } = this.data
    if (!title.trim() || !text.trim()) return say('请填写标题和内容')
    return once(this, async () => {
      await post('/api/doctor/canned', { title: title.trim(), text: text.trim(), for_team: forTeam })
      this.setData({ sheet: '' })
      await this.reload()
    })
  },

  /** @param {any} e */
  async removeReply(e) {
    const { id, title } = e.currentTarget.dataset
    if (!(await confirm('删除常用回复', title, '删除'))) return
    await once(this, async () => {
      await post(`/api/doctor/canned/${id}/remove`)
      await this.reload()
    })
  },

  startAbsence() {
    return once(this, async () => {
      const found = await get('/api/doctor/colleagues')
      const colleagues = found.items.filter((/** @type {any} */ one) => !one.away)
      this.setData({ sheet: 'absence', colleagues, standInId: '', day: today(), time: '08:00', dayEnd: today(), timeEnd: '17:30' })
    })
  },

  /** @param {any} e */
  pickStandIn(e) {
    this.setData({ standInId: e.currentTarget.dataset.id })
  },

  saveAbsence() {
    const { standInId, day, time, dayEnd, timeEnd } = this.data
    if (!standInId) return say('请选代班的同事')
    return once(this, async () => {
      const times = { from_at: instant(day, time), until_at: instant(dayEnd, timeEnd) }
      await post('/api/doctor/absences', { stand_in_id: standInId, ...times })
      this.setData({ sheet: '' })
      say('已登记，居民会知道谁替您答复')
      await this.reload()
    })
  },

  /** @param {any} e */
  async endAbsence(e) {
    const { id } = e.currentTarget.dataset
    if (!(await confirm('结束外出', '居民的来信由您自己答复。', '结束'))) return
    await once(this, async () => {
      await post(`/api/doctor/absences/${id}/end`)
      await this.reload()
    })
  },
})
