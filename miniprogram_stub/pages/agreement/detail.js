const { get, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, call, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', card: null, showText: false },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ card: asCard(await get('/api/agreements/' + this.data.id)) }))
  },

  toggleText() {
    this.setData({ showText: !this.data.showText })
  },

  callTeam() {
    call(this.data.card.team.phone)
  },

  goRenew() {
    open('/pages/renew/renew?id=' + this.data.id)
  },

  goConfirm() {
    open('/pages/renew/confirm?id=' + this.data.id)
  },

  goEnding() {
    open('/pages/ending/ending?id=' + this.data.id)
  },

  async takeBack() {
    const sure = await confirm('撤回解约申请', '撤回后，团队继续为您服务。确定撤回吗？', '撤回')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/agreements/${this.data.id}/termination/withdraw`)
      say('已撤回，继续服务')
      await this.reload()
    })
  },

  async withdraw() {
    const sure = await confirm('撤回申请', '撤回后可以重新选择团队。确定撤回吗？', '撤回')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/agreements/${this.data.id}/withdraw`)
      say('已撤回')
      await this.reload()
    })
  },
})
