using GoApi.WebApi.Pages;

namespace GoApi.WebApi.OAuth;

/// <summary>
/// A form that cannot be read is the client's fault, and is told in the words of RFC 6749, section 5.2; people get a page. OpenIddict, which reads
/// the form of the device page too, would let the exception through.
/// </summary>
internal sealed class OAuthForms(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType && (IsPage(context) || context.Request.Path.StartsWithSegments("/api/v1/oauth")))
        {
            try
            {
                await context.Request.ReadFormAsync(context.RequestAborted);
            }
            // A multipart body that ends too early is an IOException of the reader's own.
            catch (Exception unreadable) when (unreadable is InvalidDataException or IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
            {
                var refusal = IsPage(context)
                    ? PageResults.Message(context, StatusCodes.Status400BadRequest, "This form cannot be read", "Go back, load the page again and repeat what you did.")
                    : Results.Json(new { error = "invalid_request", error_description = "The form cannot be read." }, statusCode: StatusCodes.Status400BadRequest);
                await refusal.ExecuteAsync(context);
                return;
            }
        }

        await next(context);
    }

    private static bool IsPage(HttpContext context) => context.Request.Path.StartsWithSegments(PageEndpoints.Device);
}
