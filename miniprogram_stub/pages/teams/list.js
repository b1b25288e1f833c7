const { listAll } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { invited } = require('../../utils/communities')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, teams: [], invitations: [] },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const [teams, invitations] = await Promise.all([listAll('/api/teams'), invited()])
      return { teams, invitations }
    })
  },

  /** @param {any} e */
  openInvitation(e) {
    open('/pages/community/invitation?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  openTeam(e) {
    open('/pages/teams/detail?id=' + e.currentTarget.dataset.id)
  },
})
