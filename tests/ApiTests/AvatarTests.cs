using System.Net.Http.Headers;
using System.Text;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Identity;
using GoApi.Tests.Pictures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "S5")]
public abstract class AvatarTests(GoApiHost host) : ApiTest(host)
{
    private const string Me = "/api/v1/users/me";
    private const string Avatar = $"{Me}/avatar";

    [Fact]
    public async Task Picture_is_made_anew_and_shown_to_whoever_has_its_address()
    {
        var user = await Host.UserAsync();

        var answer = (await PutAsync(user, SamplePictures.Photo(orientation: 6, 1_200, 800))).Is(200);

        var url = new Uri(answer.Field("avatar_url")!);
        Assert.Equal("http://localhost:8080", url.GetLeftPart(UriPartial.Authority));
        using var shown = await Host.Main.Http.GetAsync(new Uri(url.AbsolutePath, UriKind.Relative));
        Assert.Equal(("image/webp", "nosniff"), (shown.Content.Headers.ContentType!.ToString(), shown.Headers.GetValues("X-Content-Type-Options").Single()));
        Assert.Equal("public, max-age=31536000, immutable", shown.Headers.GetValues("Cache-Control").Single());
        Assert.Contains("sandbox", shown.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var bytes = await shown.Content.ReadAsByteArrayAsync();
        using var picture = SKBitmap.Decode(bytes);
        Assert.Equal((512, 512), (picture.Width, picture.Height));
        Assert.True(picture.GetPixel(256, 10).Red > 200);
        Assert.DoesNotContain(SamplePictures.Canary, Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);

        (await Anonymous.GetAsync(url.AbsolutePath, ("If-None-Match", shown.Headers.ETag!.ToString()))).Is(304);
        Assert.Equal(url.AbsoluteUri, (await user.Api.GetAsync(Me)).Field("avatar_url"));
        var entry = await AuditedAsync(answer, "users.avatar_set");
        Assert.DoesNotContain(url.Segments[^1], entry.Changes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Next_picture_has_another_address_and_the_one_before_it_is_deleted()
    {
        var user = await Host.UserAsync();
        var first = Path((await PutAsync(user, SamplePictures.Photo())).Is(200));
        var second = Path((await PutAsync(user, SamplePictures.AnimatedGif)).Is(200));

        Assert.NotEqual(first, second);
        await EventuallyAsync(async () => (await Anonymous.GetAsync(first)).Status == 404, "the first picture is gone");
        (await Anonymous.GetAsync(second)).Is(200);

        var removed = (await user.Api.DeleteAsync(Avatar)).Is(200);
        Assert.Null((await user.Api.GetAsync(Me)).Field("avatar_url"));
        await AuditedAsync(removed, "users.avatar_remove");
        await EventuallyAsync(async () => (await Anonymous.GetAsync(second)).Status == 404, "the second picture is gone");
        await LeftNothingAsync((await user.Api.DeleteAsync(Avatar)).Is(200));
    }

    [Fact]
    public async Task Version_of_the_account_is_honoured()
    {
        var user = await Host.UserAsync();
        var tag = (await user.Api.GetAsync(Me)).Header("ETag")!;
        using var form = Form(SamplePictures.Photo());
        (await user.Api.SendAsync(HttpMethod.Put, Avatar, form, ("If-Match", tag))).Is(200);

        using var late = Form(SamplePictures.Photo());
        var answer = (await user.Api.SendAsync(HttpMethod.Put, Avatar, late, ("If-Match", tag))).Is(412, "PRECONDITION_FAILED");
        await LeftNothingAsync(answer);
        (await user.Api.DeleteAsync(Avatar, ("If-Match", tag))).Is(412, "PRECONDITION_FAILED");
    }

    [Fact, Trait("Promise", "N9")]
    public async Task Ten_at_once_leave_one_picture_and_no_other_file()
    {
        var user = await Host.UserAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PutAsync(user, SamplePictures.Photo())));

        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 409 }));
        // Those that lost the race have taken their bytes back, those that were replaced are deleted.
        var kept = Path(await user.Api.GetAsync(Me)).Split('/')[^1];
        foreach (var answer in answers.Where(answer => answer.Status == 200 && !Path(answer).EndsWith(kept, StringComparison.Ordinal)))
            await EventuallyAsync(async () => (await Anonymous.GetAsync(Path(answer))).Status == 404, "an earlier picture is gone");
        await EventuallyAsync(async () => Files().Order().SequenceEqual((await KeysAsync()).Order()), "there is a file for each picture and no other");
    }

    public static TheoryData<string, int> Bad => new()
    {
        { "empty", 415 },
        { "one-byte", 415 },
        { "svg", 415 },
        { "html", 415 },
        { "cut-off", 422 },
        { "bomb", 422 },
        { "no-pixels", 422 },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task File_that_is_no_good_picture_is_refused(string what, int status)
    {
        var user = await Host.UserAsync();
        var file = what switch
        {
            "empty" => [],
            "one-byte" => [0x89],
            "svg" => "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"u8.ToArray(),
            "html" => "<!doctype html><script>alert(1)</script>"u8.ToArray(),
            "cut-off" => SamplePictures.Encode(SKEncodedImageFormat.Png, 200, 200)[..150],
            "bomb" => SamplePictures.Bomb(30_000, 30_000),
            _ => SamplePictures.Bomb(0, 0),
        };

        // Whatever the part says of itself.
        var answer = (await PutAsync(user, file)).Is(status, status == 415 ? "UNSUPPORTED_MEDIA_TYPE" : "VALIDATION_FAILED");

        await LeftNothingAsync(answer);
        Assert.Null((await user.Api.GetAsync(Me)).Field("avatar_url"));
    }

    [Fact, Trait("Promise", "S6")]
    public async Task File_over_the_limit_is_refused_while_it_comes()
    {
        var user = await Host.UserAsync();
        var small = Host.Start(("MAX_FILE_SIZE", "2000"));
        await using (small)
        {
            var api = small.As(user.AccessToken);
            foreach (var size in new[] { 2_001, 30_000, 3_000_000 })
            {
                using var form = Form(new byte[size]);
                (await api.SendAsync(HttpMethod.Put, Avatar, form)).Is(413, "PAYLOAD_TOO_LARGE");
            }

            using var good = Form(SamplePictures.CmykJpeg);
            (await api.SendAsync(HttpMethod.Put, Avatar, good)).Is(200);
        }
    }

    [Theory, Trait("Promise", "S6")]
    [InlineData("application/json", "{}", 415)]
    [InlineData("image/png", "x", 415)]
    [InlineData("multipart/form-data", "--b--", 415)]
    [InlineData("multipart/mixed; boundary=b", "--b--", 415)]
    [InlineData("multipart/form-data; boundary=", "--b--", 415)]
    [InlineData("multipart/form-data; boundary=\"\"", "--b--", 415)]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x", 415)]
    [InlineData("multipart/form-data; boundary=b", "", 400)]
    [InlineData("multipart/form-data; boundary=b", "nonsense", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b--\r\n", 422)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=file\r\n\r\nGIF89a", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=other\r\n\r\nx\r\n--b--\r\n", 422)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n", 422)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nno header\r\n\r\nx\r\n--b--\r\n", 400)]
    public async Task Body_that_is_no_form_with_a_file_is_refused(string type, string body, int status)
    {
        var user = await Host.UserAsync();
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        await LeftNothingAsync((await user.Api.SendAsync(HttpMethod.Put, Avatar, content)).Is(status));
    }

    [Fact, Trait("Promise", "S6")]
    public async Task Form_has_one_file_and_its_other_parts_and_the_name_of_the_file_are_nobodys_business()
    {
        var user = await Host.UserAsync();
        using var other = new MultipartFormDataContent { { new StringContent("admin"), "role" }, { new ByteArrayContent(SamplePictures.Photo()), "file" }, { new StringContent("true"), "email_verified" } };
        Assert.Equal("user", (await user.Api.SendAsync(HttpMethod.Put, Avatar, other)).Is(200).Field("role"));
        using var two = Form(SamplePictures.Photo());
        two.Add(new ByteArrayContent(SamplePictures.Photo()), "file", "you.png");
        (await user.Api.SendAsync(HttpMethod.Put, Avatar, two)).Is(422, "VALIDATION_FAILED");
        using var many = Form(SamplePictures.Photo());
        for (var part = 0; part < 20; part++) many.Add(new StringContent("x"), $"part-{part}");
        (await user.Api.SendAsync(HttpMethod.Put, Avatar, many)).Is(422, "VALIDATION_FAILED");
        using var headers = Form(SamplePictures.Photo());
        for (var header = 0; header < 20; header++) headers.First().Headers.Add($"X-Header-{header}", "x");
        (await user.Api.SendAsync(HttpMethod.Put, Avatar, headers)).Is(400, "BAD_REQUEST");
        using var name = Form(SamplePictures.Photo(), "../../../../etc/passwd");
        Assert.Matches("^/api/v1/users/avatars/[0-9a-f]{32}$", Path((await user.Api.SendAsync(HttpMethod.Put, Avatar, name)).Is(200)));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("..%2f..%2fencryption.key")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public async Task Key_that_nobody_was_given_is_not_found(string key) => (await Anonymous.GetAsync($"/api/v1/users/avatars/{key}")).Is(404, "NOT_FOUND");

    private static async Task<Answer> PutAsync(TestUser user, byte[] file)
    {
        using var form = Form(file);
        return await user.Api.SendAsync(HttpMethod.Put, Avatar, form);
    }

    private static MultipartFormDataContent Form(byte[] file, string name = "me.png")
    {
        var part = new ByteArrayContent(file);
        part.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        return new MultipartFormDataContent { { part, "file", name } };
    }

    private static string Path(Answer answer) => new Uri(answer.Field("avatar_url")!).AbsolutePath;

    private Task<string[]> KeysAsync() => Host.WithDatabaseAsync(db => db.Set<AppUser>().Where(row => row.AvatarKey != null).Select(row => row.AvatarKey!).ToArrayAsync());

    private IEnumerable<string> Files() => Directory.GetFiles(Host.Main.Services.GetRequiredService<StorageSettings>()
        .Folder(Host.Main.Services.GetRequiredService<AppSettings>()), "*", SearchOption.AllDirectories).Select(file => System.IO.Path.GetFileName(file));
}

public sealed class AvatarTestsEmbedded(EmbeddedHost host) : AvatarTests(host);

public sealed class AvatarTestsServices(ServicesHost host) : AvatarTests(host);
