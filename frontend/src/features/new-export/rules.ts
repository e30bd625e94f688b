import { useQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { type MergedRule, myRulesQuery } from '@/lib/api/policies'
import { policiesText } from '@/lib/policy-text'
import { may, useSession } from '@/lib/session'

/** What the policies of the person allow. Without any rule, everything is allowed. */
export type Rules = readonly MergedRule[]

/** The rules of the form around a field. */
export const RulesContext = createContext<Rules>([])
export const useRules = () => useContext(RulesContext)

/** Load the rules, and today's use of the quotas; nothing without accounts. */
export function useMyRules() {
  const { accounts_on, account } = useSession()
  const { data } = useQuery({
    ...myRulesQuery(),
    enabled: accounts_on && may(account, 'exports:write'),
  })
  return { rules: data?.rules ?? [], use: data?.use ?? null }
}

export function ruleOf(rules: Rules, name: string, kind?: string): MergedRule | undefined {
  return rules.find((rule) => rule.rule === name && (kind === undefined || rule.kind === kind))
}

/** Return the values that a rule lists. */
export function namesOf(rule: MergedRule | undefined): string[] {
  return Array.isArray(rule?.value) ? rule.value.map(String) : []
}

/** Return why something is not allowed; null if no rule forbids it. */
export function refusalOf(rule: MergedRule | undefined, isAllowed: boolean): string | null {
  return rule === undefined || isAllowed ? null : `Not allowed by the ${policiesText(rule)}.`
}
