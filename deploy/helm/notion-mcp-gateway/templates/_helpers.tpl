{{- define "gateway.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Of the pods of one component: (list . "gateway"). Those of a deployment never change. */}}
{{- define "gateway.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "gateway.labels" -}}
{{- $root := index . 0 -}}
{{ include "gateway.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end -}}

{{/* Of every pod: neither the cluster's API nor another user's rights. (list . 10001) */}}
{{- define "gateway.pod" -}}
{{- $root := index . 0 -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ index . 1 }}
  runAsGroup: {{ index . 1 }}
  fsGroup: {{ index . 1 }}
  seccompProfile: { type: RuntimeDefault }
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- end -}}

{{- define "gateway.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "gateway.selector" . | nindent 8 }}
{{- end -}}

{{- define "gateway.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* By its digest where there is one: not every runtime takes a tag beside it. */}}
{{- define "gateway.image" -}}
{{- $version := printf ":%s" (.image.tag | default .version) -}}
image: {{ print .image.repository (.image.digest | empty | ternary $version (print "@" .image.digest)) | quote }}
imagePullPolicy: {{ .image.pullPolicy }}
{{- end -}}

{{/* What gateways and the migration have in common: variables, files, folders. */}}
{{- define "gateway.environment" -}}
{{- $hosts := .Values.allowedHosts -}}
{{- if .Values.ui.enabled -}}
{{- $hosts = append $hosts (printf "%s:8000" (include "gateway.name" .)) -}}
{{- end -}}
env:
  - { name: GATEWAY_MIGRATE, value: "0" }
  - { name: GATEWAY_LOG_FORMAT, value: json }
  - { name: GATEWAY_PUBLIC_URL, value: {{ .Values.publicUrl | quote }} }
  - name: NOTION_MCP_OAUTH_REDIRECT_URI
    value: {{ printf "%s/integrations/notion/mcp/oauth/callback" .Values.publicUrl | quote }}
  {{- if .Values.ui.enabled }}
  - { name: NOTION_MCP_RETURN_BASE_URL, value: {{ .Values.ui.publicUrl | quote }} }
  {{- end }}
  {{- with $hosts }}
  - { name: GATEWAY_ALLOWED_HOSTS, value: {{ join "," . | quote }} }
  {{- end }}
  - { name: GATEWAY_SHUTDOWN_NOTICE_SECONDS, value: {{ .Values.stopping.noticeSeconds | quote }} }
  - { name: GATEWAY_SHUTDOWN_DRAIN_SECONDS, value: {{ .Values.stopping.drainSeconds | quote }} }
  {{- range .Values.secret.settings }}
  - { name: {{ . }}_FILE, value: /run/secrets/notion-mcp-gateway/{{ . }} }
  {{- end }}
  {{- range $name, $value := .Values.settings }}
  - { name: {{ $name }}, value: {{ $value | quote }} }
  {{- end }}
{{- end -}}

{{- define "gateway.mounts" -}}
volumeMounts:
  - { name: secret, mountPath: /run/secrets/notion-mcp-gateway, readOnly: true }
  - { name: tmp, mountPath: /tmp }
{{- end -}}

{{/* (list . keys): no pod gets another one's keys. */}}
{{- define "gateway.volumes" -}}
{{- $root := index . 0 -}}
volumes:
  - name: secret
    secret:
      secretName: {{ $root.Values.secret.name | quote }}
      defaultMode: 0440
      items:
        {{- range index . 1 }}
        - { key: {{ . }}, path: {{ . }} }
        {{- end }}
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
{{- end -}}
