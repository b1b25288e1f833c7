// What is asked for about another person: a member of the household, or somebody one signs for.

/** @type {Record<string, any>} kind of the page → its words, proofs and where it is sent */
const KINDS = {
  member: {
    title: '添加家人', who: '家人', relation: '他是户主的', path: '/api/family/members', days: false, note: '',
    proofs: [{ code: 'household_book', name: '户口簿' }, { code: 'birth_certificate', name: '出生证' }, { code: 'marriage_certificate', name: '结婚证' }],
    done: '已添加。请家人在自己的微信里确认，或带户口簿到签约机构核对。',
  },
  minor: {
    title: '未成年人监护', who: '孩子', relation: '我是孩子的', path: '/api/family/authorities', days: false, note: '',
    proofs: [{ code: 'household_book', name: '户口簿' }, { code: 'birth_certificate', name: '出生证' }, { code: 'court_ruling', name: '法院判决书' }],
    done: '已提交。请带原件到签约机构，报核对码，核对后就能替孩子签约。',
  },
  proxy: {
    title: '委托代签', who: '委托人', relation: '我是他的', path: '/api/family/authorities', days: true, note: '',
    proofs: [{ code: 'written_authority', name: '书面委托书' }],
    done: '已提交。请委托人在自己的微信里同意，或带委托书到签约机构核对。',
  },
  incapacity: {
    title: '成年人监护', who: '家人', relation: '我是他的', path: '/api/family/authorities', days: false,
    note: '配偶等顺序在前的亲属为什么不担任监护人',
    proofs: [{ code: 'court_ruling', name: '法院判决书' }, { code: 'committee_letter', name: '居（村）委会证明' }],
    done: '已提交。请带原件到签约机构，报核对码，核对后就能代签。',
  },
}

/** Relations of the person who signs, offered first. */
const SIGNER_RELATIONS = ['51', '52', '11', '12', '20', '30', '28', '38', '70', '61', '62', '63', '64', '99']

module.exports = { KINDS, SIGNER_RELATIONS }
