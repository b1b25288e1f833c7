// Calling a resident: the number is asked for at the tap, handed to the phone, and kept nowhere.
const { post } = require('./api')
const { once } = require('./feedback')
const { call } = require('./page')

/**
 * Ask the server for a resident's number (it records who asked) and open the phone with it.
 * @param {any} page the page that was tapped
 * @param {string} residentId
 * @returns {Promise<void>}
 */
function callResident(page, residentId) {
  return once(page, async () => {
    const answer = await post(`/api/doctor/residents/${residentId}/phone`)
    call(answer.phone)
  })
}

module.exports = { callResident }
