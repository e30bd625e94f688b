import { Alert, Button, Group, List, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { CodeBlock } from '@/components/CodeBlock'
import { ErrorNotice } from '@/components/ErrorNotice'
import { verifyTrail } from '@/lib/api/audit'
import { formatCount, plural } from '@/lib/format'

const HASH = /^[0-9a-f]{64}$/

/** Checks the chain of hashes, against the hash of an earlier check too. */
export function VerifyChain() {
  const [expect, setExpect] = useState('')
  const check = useMutation({ mutationFn: verifyTrail })
  const isWrong = expect !== '' && !HASH.test(expect)
  const report = check.data
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isWrong) check.mutate(expect)
      }}
    >
      <Group align="flex-end" gap="xs" mb="md">
        <TextInput
          label="Hash of an earlier check (optional)"
          autoComplete="off"
          spellCheck={false}
          value={expect}
          onChange={(event) => setExpect(event.currentTarget.value.trim())}
          error={isWrong && 'A hash has 64 digits of 0-9 and a-f.'}
          flex="1 1 260px"
          maw={620}
        />
        <Button type="submit" variant="default" loading={check.isPending}>
          Check the chain
        </Button>
      </Group>
      {check.error && <ErrorNotice error={check.error} title="The trail could not be checked" />}
      {report?.is_ok && (
        <Alert
          color="green"
          role="status"
          mb="md"
          title={`The chain is intact: ${plural(report.lines, 'line')}`}
        >
          <Text size="sm" mb="xs">
            Keep this hash on another machine. A later check with it also shows whether somebody rewrote the
            whole trail.
          </Text>
          {report.hash !== null && <CodeBlock text={report.hash} label="hash of the last line" wraps />}
        </Alert>
      )}
      {report && !report.is_ok && (
        <Alert
          color="red"
          role="alert"
          mb="md"
          title={`The trail was changed: ${plural(report.problem_count, 'problem')}`}
        >
          <List size="sm">
            {report.problems.map(({ kind, seq, message }) => (
              <List.Item key={`${seq} ${kind}`}>
                Line {formatCount(seq)}: {message}
              </List.Item>
            ))}
          </List>
          {report.problem_count > report.problems.length && (
            <Text size="sm">These are the first {formatCount(report.problems.length)}.</Text>
          )}
        </Alert>
      )}
    </form>
  )
}
