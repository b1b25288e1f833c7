const { get, listAll, post } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @param {any} transfer @returns {any} with the day in words */
const asShown = (transfer) => transfer && { ...transfer, day: longDay(transfer.move_on) }

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, transfer: null, choosing: false, teams: [],
  },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => ({ transfer: asShown((await get('/api/transfer')).transfer) }))
  },

  /** @param {any} body @param {string} said */
  send(body, said) {
    return once(this, async () => {
      const transfer = await post(`/api/transfers/${this.data.transfer.id}`, { team_id: null, note: '', ...body })
      this.setData({ transfer: asShown(transfer), choosing: false })
      wx.pageScrollTo({ scrollTop: 0, duration: 0 })
      say(said)
    })
  },

  agree() {
    return this.send({ choice: '' }, '好，到时由新团队为您服务')
  },

  async end() {
    const sure = await confirm('不再签约', '到那一天签约会终止，预约、随访和提醒会一并取消。确定吗？', '确定')
    return sure ? this.send({ choice: 'end' }, '已记下，到时终止签约') : undefined
  },

  choose() {
    return once(this, async () => {
      const teams = await listAll('/api/teams')
      this.setData({ teams: teams.filter((/** @type {any} */ team) => team.places_left > 0), choosing: true })
    })
  },

  stopChoosing() {
    this.setData({ choosing: false })
  },

  /** @param {any} e */
  pick(e) {
    return this.send({ choice: 'other_team', team_id: e.currentTarget.dataset.id }, '已记下，到时转到这个团队')
  },

  goHome() {
    wx.switchTab({ url: '/pages/index/index' })
  },
})
