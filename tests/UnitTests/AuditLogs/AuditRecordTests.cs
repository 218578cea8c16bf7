using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using GoApi.Domain.AuditLogs;

namespace GoApi.UnitTests.AuditLogs;

[Trait("Promise", "A3")]
public class AuditRecordTests
{
    internal static readonly AuditRecord Sample = new()
    {
        Sequence = 42,
        Id = Guid.Parse("0197a1b2-c3d4-7e5f-8a6b-1c2d3e4f5a6b"),
        ActorUserId = Guid.Parse("0197a1b2-0000-7000-8000-000000000001"),
        ActorClientId = "goapi",
        SubjectUserId = null,
        Action = "reviews.moderate",
        Resource = "review",
        ResourceId = "7",
        IpAddress = "encrypted:AAAA",
        UserAgent = null,
        RequestId = "request-1",
        Status = "success",
        Error = null,
        Changes = """{"status":{"old":"pending","new":"approved"}}""",
        CreatedAt = new DateTimeOffset(2026, 1, 15, 10, 30, 0, 123, 400, TimeSpan.Zero),
    };

    [Fact]
    public void Canonical_form_has_every_member_sorted_and_nothing_between() => Assert.Equal(
        """{"action":"reviews.moderate","actor_client_id":"goapi","actor_user_id":"0197a1b2-0000-7000-8000-000000000001","changes":"{\"status\":{\"old\":\"pending\",\"new\":\"approved\"}}","created_at":"2026-01-15T10:30:00.123400Z","error":null,"id":"0197a1b2-c3d4-7e5f-8a6b-1c2d3e4f5a6b","ip_address":"encrypted:AAAA","request_id":"request-1","resource":"review","resource_id":"7","sequence":42,"status":"success","subject_user_id":null,"user_agent":null}""",
        Canonical(Sample));

    // RFC 8785, section 3.2.2.2, and its example of strings.
    [Theory]
    [InlineData("\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/", """€$\u000f\nA'B\"\\\\\"/""")]
    [InlineData("\b\t\f\r\u0000\u001f\u007f", "\\b\\t\\f\\r\\u0000\\u001f\u007f")]
    [InlineData("\u2028\u2029\ud83d\ude00<>&+", "\u2028\u2029\ud83d\ude00<>&+")]
    public void Text_is_escaped_where_it_has_to_be_and_nowhere_else(string text, string escaped) =>
        Assert.Contains($"\"user_agent\":\"{escaped}\"}}", Canonical(Sample with { UserAgent = text }), StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read_back_as_it_was() => Always((NonNull<string> text) =>
    {
        var agent = string.Concat(text.Get.EnumerateRunes().Select(rune => rune.ToString()));
        using var json = JsonDocument.Parse(Canonical(Sample with { UserAgent = agent }));
        return json.RootElement.GetProperty("user_agent").GetString() == agent;
    });

    [Fact]
    public void Every_field_is_a_part_of_the_hash()
    {
        AuditRecord[] changed =
        [
            Sample with { Sequence = 43 }, Sample with { Id = Guid.Empty }, Sample with { ActorUserId = null }, Sample with { ActorClientId = "other" },
            Sample with { SubjectUserId = Guid.Empty }, Sample with { Action = "reviews.edit" }, Sample with { Resource = "user" }, Sample with { ResourceId = null },
            Sample with { IpAddress = "" }, Sample with { UserAgent = "" }, Sample with { RequestId = "request-2" }, Sample with { Status = "denied" },
            Sample with { Error = "FORBIDDEN" }, Sample with { Changes = null }, Sample with { CreatedAt = Sample.CreatedAt.AddMicroseconds(1) },
        ];

        Assert.Equal(typeof(AuditRecord).GetProperties().Length, changed.Length);
        Assert.Equal(changed.Length + 1, changed.Append(Sample).Select(record => Convert.ToHexString(record.LeafHash())).Distinct().Count());
    }

    internal static string Canonical(AuditRecord record)
    {
        ArrayBufferWriter<byte> output = new();
        record.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
