// Asking WeChat's permission to send reminders. The dialog only opens straight from a tap,
// so the template ids are fetched when the page opens and not when it is needed.
const { get, post } = require('./api')

/** @type {Record<string, string[]>} */
const known = {}

/**
 * Fetch the ids of a scene. A failure only means that no dialog will be shown. Of "running_out" the server knows which
 * will not last a month, so they are fetched each time.
 * @param {string} scene
 * @returns {Promise<boolean>} whether there is something to ask for; never fails
 */
function prefetch(scene) {
  if (known[scene] && scene !== 'running_out') return Promise.resolve(true)
  const path = scene === 'running_out' ? '/api/push-consents/running-out' : '/api/push-consents?scene=' + scene
  return get(path)
    .then((answer) => {
      known[scene] = answer.template_ids
      return answer.template_ids.length > 0
    })
    .catch(() => false)
}

/** @param {string} choice WeChat's word @returns {string} accept | reject | ban | filter */
function plainChoice(choice) {
  return choice.startsWith('accept') ? 'accept' : choice
}

/**
 * Show the dialog of a scene; call it first thing in a tap. Never fails:
 * whatever the person answers, the work goes on.
 * @param {string} scene booking | signing | followup | followup_long | message | running_out
 * @returns {Promise<boolean>} true when at least one reminder was allowed
 */
function ask(scene) {
  const ids = known[scene] || []
  if (ids.length === 0) return Promise.resolve(false)
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds: ids,
      success: (answer) => {
        /** @type {Record<string, string>} */
        const results = {}
        for (const id of ids) if (typeof answer[id] === 'string') results[id] = plainChoice(answer[id])
        post('/api/push-consents', { results }).catch(() => {})
        resolve(Object.values(results).includes('accept'))
      },
      fail: () => resolve(false),
    })
  })
}

module.exports = { prefetch, ask }
