// What waits for a doctor, for his desk and for the start page.

/**
 * The numbers as tiles, each leading to its list; what cannot wait first.
 * @param {any} home a DoctorHome
 */
function tilesOf(home) {
  const urgent = home.urgent_conversations
  const overdue = home.overdue_followups
  return [
    {
      id: 'conversations', name: '居民消息', count: home.waiting_conversations,
      note: urgent ? `紧急 ${urgent}` : '等待回复', alarm: urgent > 0, url: '/pages/doctor/conversations',
    },
    { id: 'agreements', name: '签约申请', count: home.pending_agreements, note: '等您答复', alarm: false, url: '/pages/doctor/agreements' },
    {
      id: 'followups', name: '随访', count: home.due_followups,
      note: overdue ? `超期 ${overdue}` : '近期要做', alarm: overdue > 0, url: '/pages/doctor/followups',
    },
    { id: 'tasks', name: '电话任务', count: home.open_tasks, note: '微信送不到', alarm: false, url: '/pages/doctor/tasks' },
  ]
}

/** @param {any[]} tiles @returns {boolean} nothing waits */
function isQuiet(tiles) {
  return tiles.every((tile) => !tile.count && !tile.alarm)
}

module.exports = { tilesOf, isQuiet }
