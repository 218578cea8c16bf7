namespace GoApi.Infrastructure.Configuration;

/// <summary>Everything that is configured. Durations are whole seconds, sizes whole bytes, lists comma-separated.</summary>
public sealed record Settings(
    AppSettings App, HttpSettings Http, DatabaseSettings Database, RedisSettings Redis, NatsSettings Nats,
    OAuthSettings OAuth, SendGridSettings SendGrid, TwilioSettings Twilio, StorageSettings Storage, DeliverySettings Delivery, AuditSettings Audit);

public sealed record AppSettings
{
    /// <summary>Shown to people: pages, mails, documents.</summary>
    [Setting("APP_NAME", "GoApi")]
    public string Name { get; init; } = "";

    /// <summary>A picture (SVG, PNG, WebP or JPEG, at most 256 KiB) that stands beside the name on the pages; our own where it is not set.</summary>
    [Setting("APP_LOGO")]
    public string? Logo { get; init; }

    /// <summary>Of the buttons in mails: red, green and blue in six hexadecimal digits.</summary>
    [Setting("MAIL_COLOR", "3455db")]
    public string MailColor { get; init; } = "";

    [Setting("APP_ENV", "development", OneOf = ["development", "test", "production"])]
    public string Environment { get; init; } = "";

    /// <summary>The version that is shown; that of the build where it is not set.</summary>
    [Setting("APP_VERSION")]
    public string? Version { get; init; }

    /// <summary>0 takes any free port.</summary>
    [Setting("APP_PORT", "8080", Min = 0, Max = 65535)]
    public int Port { get; init; }

    /// <summary>The public base address, behind the proxies; <c>http://localhost:APP_PORT</c> where it is not set.</summary>
    [Setting("APP_URL")]
    public Uri? Url { get; init; }

    [Setting("LOG_LEVEL", "information", OneOf = ["verbose", "debug", "information", "warning", "error", "fatal"])]
    public string LogLevel { get; init; } = "";

    /// <summary>32 bytes in base64; made and kept below <see cref="DataPath"/> in development, required in production.</summary>
    [Setting("ENCRYPTION_KEY", Secret = true)]
    public string? EncryptionKey { get; init; }

    /// <summary>Keys that were <see cref="EncryptionKey"/> before, or are going to be: they decrypt only (docs/key-rotation.md).</summary>
    [Setting("ENCRYPTION_KEY_PREVIOUS", "", Secret = true)]
    public string[] PreviousEncryptionKeys { get; init; } = [];

    /// <summary>The SQLite database, keys of development and local files; relative to the working directory.</summary>
    [Setting("DATA_PATH", "data")]
    public string DataPath { get; init; } = "";

    /// <summary>The first administrator, made on the first start with an empty database.</summary>
    [Setting("ADMIN_EMAIL")]
    public string? AdminEmail { get; init; }

    [Setting("ADMIN_PASSWORD", Secret = true)]
    public string? AdminPassword { get; init; }

    [Setting("REGISTRATION_PRIVATE", "false")]
    public bool RegistrationPrivate { get; init; }

    [Setting("REQUIRE_VERIFIED_EMAIL", "false")]
    public bool RequireVerifiedEmail { get; init; }

    /// <summary>Of bcrypt: each step doubles the cost. Below 12 only in tests.</summary>
    [Setting("BCRYPT_WORK_FACTOR", "12", Min = 4, Max = 20)]
    public int BcryptWorkFactor { get; init; }

    /// <summary>Passwords hashed at the same time; half of the cores where it is 0. As many more wait as can be hashed within five seconds.</summary>
    [Setting("BCRYPT_CONCURRENCY", "0", Min = 0, Max = 1_024)]
    public int BcryptConcurrency { get; init; }

    /// <summary>AutoMapper is RPL-1.5 or commercial; its key silences its reminder.</summary>
    [Setting("AUTOMAPPER_LICENSE_KEY", Secret = true)]
    public string? AutoMapperLicenseKey { get; init; }

    /// <summary>The media types that a logo may be of, by the ending of its file.</summary>
    public static IReadOnlyDictionary<string, string> LogoTypes { get; } = new Dictionary<string, string>
    {
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".webp"] = "image/webp",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
    };

    public bool IsDevelopment => Environment == "development";

    public bool IsProduction => Environment == "production";

    public Uri PublicUrl => Url ?? new Uri($"http://localhost:{Port}");
}

public sealed record HttpSettings
{
    /// <summary>Addresses and CIDR ranges whose X-Forwarded-* headers are believed.</summary>
    [Setting("TRUSTED_PROXIES", "")]
    public string[] TrustedProxies { get; init; } = [];

    /// <summary>So long a process that was told to stop goes on serving while <c>/health/ready</c> says no: longer than the proxies take to notice.</summary>
    [Setting("SHUTDOWN_DRAIN", "2", Min = 0, Max = 20)]
    public TimeSpan ShutdownDrain { get; init; }

    /// <summary>Origins that browsers may call from; <c>*</c> is any, without credentials.</summary>
    [Setting("ALLOW_ORIGINS", "")]
    public string[] AllowOrigins { get; init; } = [];

    /// <summary>Requests a second for each user, else client, else address; a burst of twice that. 0 turns it off.</summary>
    [Setting("RATE_LIMIT_RPS", "50", Min = 0, Max = 1_000_000)]
    public int RateLimitRps { get; init; }

    /// <summary>Attempts a minute at log-in, registration and the like for each address, and a third of it for each account. 0 turns it off.</summary>
    [Setting("RATE_LIMIT_CREDENTIALS", "30", Min = 0, Max = 1_000_000)]
    public int RateLimitCredentials { get; init; }

    /// <summary>Exports, uploads, sends and the like a minute for each user, else client, else address, beside <see cref="RateLimitRps"/>. 0 turns it off, and so does a 0 there.</summary>
    [Setting("RATE_LIMIT_EXPENSIVE", "300", Min = 0, Max = 1_000_000)]
    public int RateLimitExpensive { get; init; }
}

public sealed record DatabaseSettings
{
    /// <summary>PostgreSQL's; where it is not set, SQLite below <c>DATA_PATH</c> is used.</summary>
    [Setting("DB_HOST")]
    public string? Host { get; init; }

    [Setting("DB_PORT", "5432", Min = 1, Max = 65535)]
    public int Port { get; init; }

    [Setting("DB_USER", "goapi")]
    public string User { get; init; } = "";

    [Setting("DB_PASSWORD", Secret = true)]
    public string? Password { get; init; }

    /// <summary>The role that owns the tables and migrates, where it is another than <c>DB_USER</c>, which then cannot change audit entries.</summary>
    [Setting("DB_OWNER_USER")]
    public string? OwnerUser { get; init; }

    [Setting("DB_OWNER_PASSWORD", Secret = true)]
    public string? OwnerPassword { get; init; }

    [Setting("DB_NAME", "goapi")]
    public string Name { get; init; } = "";

    [Setting("DB_SSLMODE", "prefer", OneOf = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])]
    public string SslMode { get; init; } = "";

    [Setting("DB_MAX_OPEN_CONNS", "50", Min = 1, Max = 10_000)]
    public int MaxOpenConnections { get; init; }

    [Setting("DB_MAX_IDLE_CONNS", "5", Min = 0, Max = 10_000)]
    public int MaxIdleConnections { get; init; }

    /// <summary>After this a pooled connection is replaced.</summary>
    [Setting("DB_CONN_MAX_LIFETIME", "3600", Min = 1, Max = 604_800)]
    public TimeSpan ConnectionMaxLifetime { get; init; }

    /// <summary>Migrate at the start, under a lock; otherwise the start is refused while a migration is missing.</summary>
    [Setting("DB_AUTO_MIGRATE", "true")]
    public bool AutoMigrate { get; init; }

    public bool IsPostgreSql => Host is not null;
}

public sealed record RedisSettings
{
    /// <summary>host:port of the server, or of each Sentinel; memory is used where it is not set.</summary>
    [Setting("REDIS_ADDRESSES", "")]
    public string[] Addresses { get; init; } = [];

    [Setting("REDIS_USE_SENTINEL", "false")]
    public bool UseSentinel { get; init; }

    [Setting("REDIS_MASTER_NAME", "mymaster")]
    public string MasterName { get; init; } = "";

    /// <summary>Of an ACL (Redis 6 and newer); the default user where it is not set.</summary>
    [Setting("REDIS_USERNAME")]
    public string? UserName { get; init; }

    [Setting("REDIS_PASSWORD", Secret = true)]
    public string? Password { get; init; }

    /// <summary>That the Sentinels themselves ask for; they get none where it is not set.</summary>
    [Setting("REDIS_SENTINEL_PASSWORD", Secret = true)]
    public string? SentinelPassword { get; init; }

    /// <summary>The servers and the Sentinels are spoken to over TLS only, and their certificates must be for the addresses that they are known by.</summary>
    [Setting("REDIS_TLS", "false")]
    public bool UseTls { get; init; }

    /// <summary>PEM: who may have signed the certificates, where it is not one that the system trusts.</summary>
    [Setting("REDIS_TLS_CA_FILE")]
    public string? TlsCaFile { get; init; }

    /// <summary>The name that the certificates are for, where it is not that of the addresses: Sentinels name servers by IP address.</summary>
    [Setting("REDIS_TLS_SERVER_NAME")]
    public string? TlsServerName { get; init; }

    [Setting("REDIS_DB", "0", Min = 0, Max = 15)]
    public int Database { get; init; }

    public bool IsConfigured => Addresses.Length > 0;
}

public sealed record NatsSettings
{
    /// <summary>nats://host:port or tls://host:port, one for each server of the cluster; the queue in the database is used where it is not set.</summary>
    [Setting("NATS_URLS", "")]
    public string[] Urls { get; init; } = [];

    [Setting("NATS_TOKEN", Secret = true)]
    public string? Token { get; init; }

    [Setting("NATS_USER")]
    public string? User { get; init; }

    [Setting("NATS_PASSWORD", Secret = true)]
    public string? Password { get; init; }

    /// <summary>Of a user (<c>SU…</c>): it signs what the server asks, and is never sent.</summary>
    [Setting("NATS_NKEY_SEED", Secret = true)]
    public string? NKeySeed { get; init; }

    /// <summary>A user's JWT and seed, as <c>nsc</c> writes them; read again for each connection, so that it can be replaced.</summary>
    [Setting("NATS_CREDS_FILE")]
    public string? CredentialsFile { get; init; }

    /// <summary>PEM: who may have signed the servers' certificates, where it is not one that the system trusts. With it nothing goes unencrypted.</summary>
    [Setting("NATS_TLS_CA_FILE")]
    public string? TlsCaFile { get; init; }

    /// <summary>PEM: the certificate that this program shows to the servers; with its key.</summary>
    [Setting("NATS_TLS_CERT_FILE")]
    public string? TlsCertificateFile { get; init; }

    /// <summary>PEM, without a password.</summary>
    [Setting("NATS_TLS_KEY_FILE")]
    public string? TlsKeyFile { get; init; }

    [Setting("NATS_STREAM_NAME", "GOAPI")]
    public string StreamName { get; init; } = "";

    /// <summary>On so many servers of the cluster each message is kept.</summary>
    [Setting("NATS_STREAM_REPLICAS", "1", Min = 1, Max = 5)]
    public int StreamReplicas { get; init; }

    /// <summary>Of each lane (mail, sms, work): where so many wait in NATS, further ones wait in the database.</summary>
    [Setting("NATS_STREAM_MAX_MESSAGES", "100000", Min = 100, Max = 10_000_000)]
    public long StreamMaxMessages { get; init; }

    /// <summary>So long after a worker's last sign of life its message is delivered to another.</summary>
    [Setting("NATS_ACK_WAIT", "60", Min = 1, Max = 3_600)]
    public TimeSpan AckWait { get; init; }

    public bool IsConfigured => Urls.Length > 0;
}

public sealed record OAuthSettings
{
    [Setting("OAUTH_ACCESS_TOKEN_EXPIRY", "3600", Min = 30, Max = 86_400)]
    public TimeSpan AccessTokenExpiry { get; init; }

    [Setting("OAUTH_REFRESH_TOKEN_EXPIRY", "2592000", Min = 60, Max = 31_536_000)]
    public TimeSpan RefreshTokenExpiry { get; init; }

    /// <summary>So long a refresh token that was used already gets the same successor again: two tabs, a lost answer. After it a use is a theft.</summary>
    [Setting("OAUTH_REFRESH_TOKEN_GRACE", "30", Min = 0, Max = 300)]
    public TimeSpan RefreshTokenGrace { get; init; }

    /// <summary>So long a signing key signs; then the next one does.</summary>
    [Setting("OAUTH_KEY_LIFETIME", "7776000", Min = 3_600, Max = 315_360_000)]
    public TimeSpan KeyLifetime { get; init; }

    /// <summary>So long before it signs a key is in the JWKS, for programs that keep a copy of it; shorter than its lifetime.</summary>
    [Setting("OAUTH_KEY_PUBLISH_AHEAD", "604800", Min = 60, Max = 31_536_000)]
    public TimeSpan KeyPublishAhead { get; init; }

    /// <summary>The issuer of all tokens (RFC 8414, section 2); <c>APP_URL</c> where it is not set.</summary>
    [Setting("JWT_ISSUER")]
    public Uri? Issuer { get; init; }
}

public sealed record SendGridSettings
{
    /// <summary>Mails go to the local mailbox where it is not set.</summary>
    [Setting("SENDGRID_API_KEY", Secret = true)]
    public string? ApiKey { get; init; }

    [Setting("SENDGRID_FROM_EMAIL", "no-reply@localhost.localdomain")]
    public string FromEmail { get; init; } = "";

    /// <summary><c>APP_NAME</c> where it is not set.</summary>
    [Setting("SENDGRID_FROM_NAME")]
    public string? FromName { get; init; }

    [Setting("SENDGRID_REPLY_TO_EMAIL")]
    public string? ReplyToEmail { get; init; }

    /// <summary>Scheme, host and port, without a path.</summary>
    [Setting("SENDGRID_BASE_URL", "https://api.sendgrid.com")]
    public Uri BaseUrl { get; init; } = null!;

    /// <summary>Calls under way at the same time, in each process.</summary>
    [Setting("SENDGRID_CONCURRENCY", "16", Min = 1, Max = 1_024)]
    public int Concurrency { get; init; } = 16;

    /// <summary>Calls a second, of all processes together where there is Redis. 0 turns it off.</summary>
    [Setting("SENDGRID_RATE_LIMIT", "0", Min = 0, Max = 10_000)]
    public int RateLimit { get; init; }

    /// <summary>The verification key of the signed Event Webhook, as SendGrid shows it; events are refused where it is not set (docs/providers.md).</summary>
    [Setting("SENDGRID_WEBHOOK_PUBLIC_KEY")]
    public string? WebhookPublicKey { get; init; }

    public bool IsConfigured => ApiKey is not null;
}

public sealed record TwilioSettings
{
    /// <summary>Text messages go to the local mailbox where it is not set.</summary>
    [Setting("TWILIO_ACCOUNT_SID")]
    public string? AccountSid { get; init; }

    [Setting("TWILIO_AUTH_TOKEN", Secret = true)]
    public string? AuthToken { get; init; }

    /// <summary>E.164, one of the account's own; or the SID of a Messaging Service (MG…).</summary>
    [Setting("TWILIO_FROM_NUMBER")]
    public string? FromNumber { get; init; }

    /// <summary>Scheme, host and port, without a path.</summary>
    [Setting("TWILIO_BASE_URL", "https://api.twilio.com")]
    public Uri BaseUrl { get; init; } = null!;

    /// <summary>Calls under way at the same time, in each process.</summary>
    [Setting("TWILIO_CONCURRENCY", "8", Min = 1, Max = 1_024)]
    public int Concurrency { get; init; } = 8;

    /// <summary>Calls a second, of all processes together where there is Redis. 0 turns it off: Twilio itself queues for each sender.</summary>
    [Setting("TWILIO_RATE_LIMIT", "0", Min = 0, Max = 10_000)]
    public int RateLimit { get; init; }

    public bool IsConfigured => AccountSid is not null;

    public bool UsesMessagingService => FromNumber is { Length: 34 } sid && sid.StartsWith("MG", StringComparison.Ordinal);
}

public sealed record StorageSettings
{
    [Setting("STORAGE_TYPE", "local", OneOf = ["local"])]
    public string Type { get; init; } = "";

    /// <summary>Where files are kept; <c>files</c> below <c>DATA_PATH</c> where it is not set. Every process needs the same.</summary>
    [Setting("STORAGE_BASE_PATH")]
    public string? BasePath { get; init; }

    /// <summary>Of one uploaded file.</summary>
    [Setting("MAX_FILE_SIZE", "10485760", Min = 1, Max = 1_099_511_627_776)]
    public long MaxFileSize { get; init; }

    public string Folder(AppSettings app) => Path.GetFullPath(BasePath ?? Path.Combine(app.DataPath, "files"));
}

public sealed record DeliverySettings
{
    /// <summary>Seconds until the second attempt; doubled for each further one, with jitter.</summary>
    [Setting("NOTIFICATION_RETRY_BASE", "5", Min = 1, Max = 3_600)]
    public TimeSpan RetryBase { get; init; }

    /// <summary>After the last one the message is a dead letter.</summary>
    [Setting("NOTIFICATION_MAX_ATTEMPTS", "8", Min = 1, Max = 100)]
    public int MaxAttempts { get; init; }
}

public sealed record AuditSettings
{
    /// <summary>So often what was written to the audit trail is sealed; 0 leaves it to other processes.</summary>
    [Setting("AUDIT_SEAL_INTERVAL", "10", Min = 0, Max = 3_600)]
    public TimeSpan SealInterval { get; init; }
}
