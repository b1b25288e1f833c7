// Words that one page hands to the next one: kept in memory only, and taken once.

let kept = ''

/** @param {string} words what a resident wrote */
function keep(words) {
  kept = words
}

/** @returns {string} what was kept, once */
function take() {
  const words = kept
  kept = ''
  return words
}

module.exports = { keep, take }
