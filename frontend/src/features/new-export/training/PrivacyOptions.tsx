import {
  Alert,
  Checkbox,
  Code,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
  Textarea,
} from '@mantine/core'
import { NumberField } from '@/components/NumberField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { namesOf, ruleOf, useRules } from '@/features/new-export/rules'
import { policiesText } from '@/lib/policy-text'
import {
  ADDRESS_MODES,
  type AddressMode,
  IDENTIFIERS,
  type Identifier,
  type PrivacyForm,
  hasNames,
  needsKey,
} from './privacy'

const MODE_WORDS: Record<AddressMode, string> = {
  prefix_preserving: 'Replace, keep prefixes',
  token: 'Replace with tokens',
  truncate: 'Keep network prefix only',
  drop: 'Remove',
  keep: 'Keep',
}
const MODE_HELP: Record<AddressMode, string> = {
  prefix_preserving: 'Replaces each address. Addresses in one network stay in one network.',
  token: 'Replaces each address with a token such as ip_0123456789abcdef.',
  truncate: 'Cuts off the end of each address.',
  drop: 'Empties columns and writes [address] in text.',
  keep: 'The dataset contains the real addresses.',
}
const IDENTIFIER_WORDS: Record<Identifier, string> = {
  mac: 'Hardware addresses',
  email: 'E-mail addresses',
  user: 'User names',
  host: 'Host names',
  iban: 'IBANs',
  phone: 'Phone numbers',
  national_id: 'National ids',
  coordinates: 'Coordinates',
  url_ids: 'Ids in web addresses',
}

interface PrivacyOptionsProps {
  value: PrivacyForm
  onChange: (value: PrivacyForm) => void
  /** Why the service has no usable key, if the preview reported it. */
  missingKey: string | null
  errors: FieldErrors
}

/** Options for replacing addresses, names and secrets in columns and text. */
export function PrivacyOptions({ value, onChange, missingKey, errors }: PrivacyOptionsProps) {
  const set = (changes: Partial<PrivacyForm>) => onChange({ ...value, ...changes })
  const rules = useRules()
  const required = ruleOf(rules, 'privacy_required')
  const rule = ruleOf(rules, 'privacy_modules') ?? required
  const modules = required ? namesOf(ruleOf(rules, 'privacy_modules')) : []
  const mustHave = (name: string) => modules.includes(name)
  const why = rule && `Required by the ${policiesText(rule)}.`
  const refusesMode = (name: AddressMode) =>
    (name === 'keep' && (mustHave('addresses') || mustHave('irreversible_addresses'))) ||
    (mustHave('irreversible_addresses') && name !== 'truncate' && name !== 'drop')
  const keyError = errors['privacy.key']
  const keyProblem =
    value.isOn && needsKey(value) ? (typeof keyError === 'string' ? keyError : missingKey) : null
  return (
    <Stack gap="sm">
      <Switch
        label="Pseudonymise people and devices"
        description={
          required
            ? `Required by the ${policiesText(required)}.`
            : 'Replaces values the same way in columns, messages and JSON. Every file is scanned again after writing.'
        }
        checked={value.isOn}
        disabled={required !== undefined && value.isOn}
        onChange={(event) => set({ isOn: event.currentTarget.checked })}
        error={errors['privacy']}
      />
      {value.isOn && (
        <>
          <Select
            label="IP addresses"
            description={MODE_HELP[value.addresses]}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={ADDRESS_MODES.map((name) => ({
              value: name,
              label: refusesMode(name) ? `${MODE_WORDS[name]} (not allowed)` : MODE_WORDS[name],
              disabled: refusesMode(name),
            }))}
            value={value.addresses}
            onChange={(name) => set({ addresses: ADDRESS_MODES.find((known) => known === name) ?? 'token' })}
            allowDeselect={false}
            error={errors['privacy.addresses']}
          />
          {value.addresses === 'truncate' && (
            <SimpleGrid cols={2}>
              <NumberField
                label="IPv4 bits to keep"
                min={1}
                max={32}
                allowDecimal={false}
                value={value.ipv4Prefix}
                onChange={(ipv4Prefix) => set({ ipv4Prefix })}
                error={errors['privacy.ipv4_prefix']}
              />
              <NumberField
                label="IPv6 bits to keep"
                min={1}
                max={128}
                allowDecimal={false}
                value={value.ipv6Prefix}
                onChange={(ipv6Prefix) => set({ ipv6Prefix })}
                error={errors['privacy.ipv6_prefix']}
              />
            </SimpleGrid>
          )}
          <Checkbox.Group
            label="Replace with pseudonyms"
            value={value.identifiers}
            onChange={(names) => set({ identifiers: IDENTIFIERS.filter((name) => names.includes(name)) })}
            error={errors['privacy.identifiers']}
          >
            <SimpleGrid cols={{ base: 1, xs: 2 }} mt="xs" verticalSpacing="xs">
              {IDENTIFIERS.map((name) => (
                <Checkbox
                  key={name}
                  value={name}
                  label={IDENTIFIER_WORDS[name]}
                  description={mustHave(name) ? why : undefined}
                  disabled={mustHave(name) && value.identifiers.includes(name)}
                />
              ))}
            </SimpleGrid>
          </Checkbox.Group>
          <Checkbox
            label="Remove secrets"
            description={
              mustHave('secrets')
                ? why
                : 'Keys, tokens, passwords, private keys and card numbers in known formats.'
            }
            disabled={mustHave('secrets') && value.secrets}
            checked={value.secrets}
            onChange={(event) => set({ secrets: event.currentTarget.checked })}
          />
          <Checkbox
            label="Leave out the scope of addresses"
            description="ip_scope tells whether the original address is private."
            checked={value.dropScope}
            onChange={(event) => set({ dropScope: event.currentTarget.checked })}
          />
          {hasNames(value) && (
            <Checkbox
              label="Replace known hosts and users everywhere"
              description="Hosts and users in columns of any row are replaced in all texts. All rows are read once more before."
              checked={value.knownValues}
              onChange={(event) => set({ knownValues: event.currentTarget.checked })}
              error={errors['privacy.known_values']}
            />
          )}
          <Checkbox
            label="Renumber ids"
            description="The ids of rows become other numbers, which the key gives. References agree with them."
            checked={value.renumberIds}
            onChange={(event) => set({ renumberIds: event.currentTarget.checked })}
          />
          <Checkbox
            label="Shift times"
            description="All times become earlier by one secret number of whole weeks, in columns and in texts. The day of the week and the time of day stay."
            checked={value.shiftTimes}
            onChange={(event) => set({ shiftTimes: event.currentTarget.checked })}
            error={errors['privacy.shift_times']}
          />
          {value.shiftTimes && (
            <TextInput
              label="Shift group"
              description="Exports of the same group are shifted alike, so that you can join them. Without one, the versions of a dataset are."
              maxLength={100}
              value={value.shiftGroup}
              onChange={(event) => set({ shiftGroup: event.currentTarget.value })}
              error={errors['privacy.shift_group']}
            />
          )}
          {needsKey(value) && (
            <TextInput
              label="Context"
              description="The recipient, for example. Another context gives other pseudonyms under the same key. The dataset states it."
              maxLength={100}
              value={value.context}
              onChange={(event) => set({ context: event.currentTarget.value })}
              error={errors['privacy.context']}
            />
          )}
          <Textarea
            label="Columns for k-anonymity"
            description="One set of columns a line, such as device_id, log_level. The dataset says how many rows the smallest group with the same values has; of single columns it says so anyway."
            placeholder={'device_id\nprocess_name, log_level'}
            autosize
            value={value.kAnonymity}
            onChange={(event) => set({ kAnonymity: event.currentTarget.value })}
            error={errors['privacy.k_anonymity']}
          />
          <Textarea
            label="Own rules"
            description="JSON with allow (never replaced), deny (always replaced), columns and json_paths (keep, drop or token)."
            placeholder={'{"deny": [{"value": "Project Falcon", "type": "project"}]}'}
            autosize
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={value.rules}
            onChange={(event) => set({ rules: event.currentTarget.value })}
            error={errors['privacy.rules']}
          />
          {keyProblem ? (
            <Alert color="red" role="alert" title="The service has no usable key">
              {keyText(keyProblem)}
            </Alert>
          ) : (
            needsKey(value) && (
              <Text size="sm" c="dimmed">
                The service reads the key from <Code>LUMBER_PRIVACY_KEY</Code>, or from the file in{' '}
                <Code>LUMBER_PRIVACY_KEY_FILE</Code>. It is never sent or stored. The same key gives the same
                pseudonyms.
              </Text>
            )
          )}
        </>
      )}
    </Stack>
  )
}

/** Return the service's message about its key as a sentence. */
function keyText(problem: string): string {
  const text = problem.replace(/^privacy\.key: /, '')
  return /^(is|cannot) /.test(text) ? `The key ${text}` : text
}
