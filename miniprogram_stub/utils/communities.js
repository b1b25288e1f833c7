// Organisations that invited this resident to sign with them.
const { listAll } = require('./api')

/**
 * Those still waiting for an answer; none where the region has no such thing, or before the real name is known.
 * @returns {Promise<any[]>}
 */
async function invited() {
  try {
    return (await listAll('/api/communities', 1)).filter((row) => row.answer === 'invited')
  } catch (problem) {
    const known = ['communities_not_here', 'identity_needed']
    if (known.includes(/** @type {any} */ (problem).code)) return []
    throw problem
  }
}

module.exports = { invited }
