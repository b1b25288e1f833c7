// What a doctor may answer about somebody who has not signed, as the region wants it.

/**
 * The results to choose from: most are on record with one tap.
 * @param {any} options {notice, reasons}
 * @returns {{ code: string, name: string }[]}
 */
function choicesOf(options) {
  const required = options.notice === 'required'
  const choices = [{ code: 'contact', name: '已联系，再考虑' }]
  for (const reason of options.reasons) {
    if (reason.code === 'refused') {
      choices.push({ code: 'notice', name: '拒签，签告知书' })
      if (!required) choices.push({ code: 'refused', name: '拒签，只登记' })
    } else {
      choices.push({ code: reason.code, name: reason.label })
    }
  }
  return choices
}

module.exports = { choicesOf }
