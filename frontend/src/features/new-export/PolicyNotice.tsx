import { Alert, List, Text } from '@mantine/core'
import { Moment } from '@/components/Moment'
import type { Schemas } from '@/lib/api/client'
import { formatBytes, plural } from '@/lib/format'
import { policiesText, ruleText } from '@/lib/policy-text'
import type { Rules } from './rules'

interface PolicyNoticeProps {
  rules: Rules
  /** Today's use of the quotas; null without quotas. */
  use: Schemas['QuotaUse'] | null
}

/** All rules for one's exports, with the policies that state them. Nothing without rules. */
export function PolicyNotice({ rules, use }: PolicyNoticeProps) {
  if (rules.length === 0) return null
  return (
    <Alert color="gray" title="Policies limit your exports" mb="md">
      <List size="sm">
        {rules.map((rule) => (
          <List.Item key={`${rule.rule} ${rule.kind ?? ''}`}>
            {ruleText(rule)} ({policiesText(rule)})
          </List.Item>
        ))}
      </List>
      {use !== null && (
        <Text size="sm" mt="xs">
          Today: {plural(use.rows + use.running_rows, 'row')}, {formatBytes(use.written_bytes)} written,{' '}
          {formatBytes(use.downloaded_bytes)} downloaded. The quotas are full again at{' '}
          <Moment at={use.until} />.
        </Text>
      )}
    </Alert>
  )
}
