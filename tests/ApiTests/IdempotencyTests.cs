using System.Text;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Idempotency;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

public abstract class IdempotencyTests(GoApiHost host) : ApiTest(host)
{
    private const string Reviews = "/api/v1/reviews";
    private const string Header = "Idempotency-Key";

    [Fact]
    public async Task Same_key_and_body_gets_the_first_answer_again_and_nothing_happens_twice()
    {
        var (author, key, review) = (await Host.UserAsync(), NewKey(), ReviewOf(NewResource()));

        var first = (await author.Api.PostAsync(Reviews, review, (Header, key))).Is(201);
        var second = (await author.Api.PostAsync(Reviews, review, (Header, key))).Is(201);

        Assert.Null(first.Header("Idempotency-Replayed"));
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        Assert.Equal(first.Data.ToString(), second.Data.ToString());
        Assert.Equal((first.Header("Location"), first.Header("ETag")), (second.Header("Location"), second.Header("ETag")));
        Assert.NotEqual(first.RequestId, second.RequestId);
        await AuditedAsync(first, "reviews.submit");
        await LeftNothingAsync(second);
        Assert.Single((await author.Api.GetAsync($"{Reviews}/mine")).Ids);
    }

    [Fact]
    public async Task Same_key_with_another_body_or_route_is_422_and_nothing_happens()
    {
        var (author, moderator, key) = (await Host.UserAsync(), await ModeratorAsync(), NewKey());
        var published = await PublishAsync(await Host.UserAsync(), moderator);
        (await author.Api.PostAsync(Reviews, ReviewOf(NewResource()), (Header, key))).Is(201);

        await LeftNothingAsync((await author.Api.PostAsync(Reviews, ReviewOf(NewResource()), (Header, key))).Is(422, "IDEMPOTENCY_KEY_REUSED"));
        await LeftNothingAsync((await author.Api.PostAsync($"{Reviews}/{published.Id}/report", new { reason = "x" }, (Header, key))).Is(422, "IDEMPOTENCY_KEY_REUSED"));
        Assert.Single((await author.Api.GetAsync($"{Reviews}/mine")).Ids);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("with a space in it")]
    [InlineData("")]
    [InlineData("129")]
    public async Task Malformed_key_is_400_and_nothing_happens(string key)
    {
        var author = await Host.UserAsync();

        var answer = (await author.Api.PostAsync(Reviews, ReviewOf(NewResource()), (Header, key == "129" ? new string('k', 129) : key))).Is(400, "BAD_REQUEST");

        await LeftNothingAsync(answer);
        Assert.Empty((await author.Api.GetAsync($"{Reviews}/mine")).Ids);
    }

    [Fact]
    public async Task Key_of_somebody_else_is_another_key()
    {
        var (one, two, key, review) = (await Host.UserAsync(), await Host.UserAsync(), NewKey(), ReviewOf(NewResource()));

        var first = (await one.Api.PostAsync(Reviews, review, (Header, key))).Is(201);
        var second = (await two.Api.PostAsync(Reviews, review, (Header, key))).Is(201);

        Assert.NotEqual(first.Id, second.Id);
        Assert.Null(second.Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task Twenty_equal_requests_at_once_make_one_resource()
    {
        var (author, key, review) = (await Host.UserAsync(), NewKey(), ReviewOf(NewResource()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => author.Api.PostAsync(Reviews, review, (Header, key))));

        var made = answers.Where(answer => answer.Status == 201).ToArray();
        Assert.NotEmpty(made);
        Assert.Single(made.Select(answer => answer.Data.ToString()).Distinct());
        Assert.Single(made, answer => answer.Header("Idempotency-Replayed") is null);
        Assert.All(answers.Where(answer => answer.Status != 201), answer =>
        {
            answer.Is(409, "IDEMPOTENCY_IN_PROGRESS");
            Assert.NotNull(answer.Header("Retry-After"));
        });
        Assert.Single((await author.Api.GetAsync($"{Reviews}/mine")).Ids);
    }

    [Fact]
    public async Task Failed_request_is_remembered_as_the_same_failure()
    {
        var (author, resource, key) = (await Host.UserAsync(), NewResource(), NewKey());
        var review = await SubmitAsync(author, resource);

        var first = (await author.Api.PostAsync(Reviews, ReviewOf(resource), (Header, key))).Is(409, "CONFLICT");
        (await author.Api.DeleteAsync($"{Reviews}/{review.Id}")).Is(200);
        var second = (await author.Api.PostAsync(Reviews, ReviewOf(resource), (Header, key))).Is(409, "CONFLICT");

        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        Assert.Equal(first.Json.GetProperty("errors").ToString(), second.Json.GetProperty("errors").ToString());
        (await author.Api.PostAsync(Reviews, ReviewOf(resource), (Header, NewKey()))).Is(201);
    }

    [Fact]
    public async Task Invalid_request_is_remembered_with_all_its_errors()
    {
        var (author, key) = (await Host.UserAsync(), NewKey());

        var first = (await author.Api.PostAsync(Reviews, "{}", (Header, key))).Is(422);
        var second = (await author.Api.PostAsync(Reviews, "{}", (Header, key))).Is(422);

        Assert.Equal(first.Fields, second.Fields);
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task Answer_with_a_secret_is_not_kept_and_its_replay_names_the_resource()
    {
        var (admin, key) = (await Host.UserAsync(Role.Admin), NewKey());
        var client = new { name = "Shop", grant_types = new[] { "client_credentials" } };

        var first = (await admin.Api.PostAsync("/api/v1/clients", client, (Header, key))).Is(201);
        var second = (await admin.Api.PostAsync("/api/v1/clients", client, (Header, key))).Is(409, "CONFLICT");

        Assert.Contains($"/api/v1/clients/{first.Id}", second.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(first.Field("client_secret")!, second.Text, StringComparison.Ordinal);
        await LeftNothingAsync(second);
        var record = Assert.Single(await RecordsAsync($"/api/v1/clients/{first.Id}"));
        Assert.Null(record.Body);
    }

    [Fact]
    public async Task Remembered_answer_is_encrypted_at_rest()
    {
        var (author, key) = (await Host.UserAsync(), NewKey());
        const string planted = "Planted words that nobody may read";

        var answer = (await author.Api.PostAsync(Reviews, ReviewOf(NewResource(), content: planted), (Header, key))).Is(201);

        var record = Assert.Single(await RecordsAsync(answer.Header("Location")!));
        Assert.NotNull(record.Body);
        Assert.DoesNotContain("Planted", Encoding.UTF8.GetString(record.Body), StringComparison.Ordinal);
        Assert.DoesNotContain(key, record.Id, StringComparison.Ordinal);
        Assert.InRange(record.ExpiresAt - TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(23.5), TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task Registration_is_idempotent_for_an_anonymous_caller()
    {
        var key = NewKey();
        var registration = new { email = $"once-{Guid.CreateVersion7():N}@example.test", password = GoApiHost.Password, first_name = "Ada", last_name = "Lovelace" };

        var first = (await Anonymous.PostAsync("/api/v1/users/register", registration, (Header, key))).Is(201);
        var second = (await Anonymous.PostAsync("/api/v1/users/register", registration, (Header, key))).Is(201);

        Assert.Equal(first.Id, second.Id);
        await LeftNothingAsync(second);
        await MailAsync(registration.email, "Verify");
    }

    private static string NewKey() => Guid.CreateVersion7().ToString();

    private Task<IdempotencyRecord[]> RecordsAsync(string location) =>
        Host.WithDatabaseAsync(db => db.Set<IdempotencyRecord>().AsNoTracking().Where(record => record.Location == location).ToArrayAsync());
}

public sealed class IdempotencyTestsEmbedded(EmbeddedHost host) : IdempotencyTests(host);

public sealed class IdempotencyTestsServices(ServicesHost host) : IdempotencyTests(host)
{
    [Fact]
    public async Task Equal_requests_to_two_instances_make_one_resource()
    {
        await using var twin = Host.Start();
        var (author, key, review) = (await Host.UserAsync(), Guid.CreateVersion7().ToString(), ReviewOf(NewResource()));
        Caller[] callers = [author.Api, twin.As(author.AccessToken)];

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(at => callers[at % 2].PostAsync("/api/v1/reviews", review, ("Idempotency-Key", key))));

        Assert.Single(answers.Where(answer => answer.Status == 201).Select(answer => answer.Data.ToString()).Distinct());
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.Is(409, "IDEMPOTENCY_IN_PROGRESS"));
        Assert.Single((await author.Api.GetAsync("/api/v1/reviews/mine")).Ids);
    }
}
