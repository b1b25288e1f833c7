// Messages on their way. Nothing typed is ever lost: what fails stays on the screen and keeps its
// client_id, so that sending it again cannot arrive twice.
const { post } = require('./api')
const { merge } = require('./conversation')
const { say } = require('./feedback')
const { clientId } = require('./page')

/** @param {any} page @param {string} id @param {boolean} failed */
function mark(page, id, failed) {
  const unsent = page.data.unsent.map((/** @type {any} */ item) => (item.client_id === id ? { ...item, failed } : item))
  page.setData({ unsent })
}

/**
 * Send one waiting message of page.data.unsent.
 * @param {any} page @param {string} path @param {any} item
 * @returns {Promise<boolean>} whether it arrived
 */
async function deliver(page, path, item) {
  mark(page, item.client_id, false)
  try {
    const answer = await post(item.path || path, { ...(item.body || { text: item.text }), client_id: item.client_id })
    const unsent = page.data.unsent.filter((/** @type {any} */ other) => other.client_id !== item.client_id)
    page.setData({ unsent, bubbles: merge(page.data.bubbles, answer.items || [answer]) })
    return true
  } catch (problem) {
    mark(page, item.client_id, true)
    if (problem.status) say(problem.title)
    return false
  }
}

/** @param {any} page @param {string} path @param {string} text @returns {Promise<boolean>} */
function send(page, path, text) {
  const item = { client_id: clientId(), text, failed: false }
  page.setData({ unsent: page.data.unsent.concat(item) })
  return deliver(page, path, item)
}

/**
 * Send a photo or recording: until it has arrived it stands there as its name.
 * @param {any} page @param {string} path @param {any} body @param {string} name shown meanwhile
 * @returns {Promise<boolean>}
 */
function sendFile(page, path, body, name) {
  const item = { client_id: clientId(), text: name, path, body, failed: false }
  page.setData({ unsent: page.data.unsent.concat(item) })
  return deliver(page, path, item)
}

/** @param {any} page @param {string} path @param {string} id of an unsent message that was tapped */
function resend(page, path, id) {
  const item = page.data.unsent.find((/** @type {any} */ other) => other.client_id === id)
  return item && item.failed ? deliver(page, path, item) : Promise.resolve(false)
}

module.exports = { send, sendFile, resend }
